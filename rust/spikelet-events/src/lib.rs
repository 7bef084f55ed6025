//! Event-camera recordings to events and back.
//!
//! An event camera reports single pixels whose brightness changed: a time in microseconds, a column, a row and a
//! polarity. This crate turns the bytes of recordings and of live streams into such events, four columns of them,
//! and events into bytes.
//!
//! If you have a file and a heap, this is all you need:
//!
//! ```no_run
//! use spikelet_events::{OwnedColumns, ReadOptions, Reader};
//!
//! let mut reader = Reader::open("recording.raw".as_ref(), &ReadOptions::default())?;
//! let mut columns = OwnedColumns::zeroed(65_536);
//! loop {
//!     let mut out = columns.all_mut();
//!     if reader.read(&mut out)? == 0 {
//!         break;
//!     }
//!     for event in out.filled().iter() {
//!         println!("{} {} {} {}", event.t, event.x, event.y, event.p);
//!     }
//! }
//! let lost = reader.counts().dropped_before_time + reader.counts().tail_bytes;
//! println!("{lost} events and bytes could not be used");
//! # Ok::<(), spikelet_events::Error>(())
//! ```
//!
//! # Decoders
//!
//! Under it, a decoder is a push state machine ([`Decode`]): hand it bytes as they come, from a socket or a serial
//! line, split anywhere, and it fills columns that you own. It never allocates, never panics on input, and gives
//! events exactly as stored, with only the wraps of the time counter undone. What it had to pass over is counted
//! ([`Counts`]); whether events lie on the sensor and in order is for an [`Audit`] to say and for
//! [`clean`](fn@clean) to mend. What a recording holds beside its events, such as frames, goes to whoever implements
//! [`Beside`]. The formats stand in [`mod@format`], one file each.
//!
//! # Features
//!
//! - `alloc`: [`header`]s as text, [`OwnedColumns`], [`filter`], [`simulate`].
//! - `wide`: loops in the instructions of AVX2 where the processor has them.
//! - `std` (default): all of it, and files, that is [`Reader`] and [`Writer`], and AEDAT 4 with its compressions.
//! - `zstd-c`: zstd by the C library instead of in Rust.
//! - Without either, decoders and encoders stand alone, for devices without a heap.
//!
//! # Devices without a heap
//!
//! Bytes come from wherever they come, events go where you say; nothing but `core` is needed. The crate
//! `examples/uart-evt3` of the repository is this in full, behind an interrupt and a ring of bytes:
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Trigger, format::evt3};
//!
//! // What a serial line delivers, byte by byte: time 4112, row 100, column 5.
//! let line = [0x01, 0x80, 0x10, 0x60, 0x64, 0x00, 0x05, 0x28];
//! let (mut t, mut x, mut y, mut p) = ([0; 12], [0; 12], [0; 12], [false; 12]);
//! let mut triggers = [Trigger::default(); 1];
//! let mut decoder = evt3::Decoder::new();
//! let mut columns = 0;
//! for byte in line {
//!     let out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//!     let mut out = out.with_triggers(&mut triggers);
//!     decoder.push(&[byte], &mut out);
//!     columns += out.filled().iter().map(|event| event.x).sum::<u16>();
//! }
//! assert_eq!((decoder.counts().events, columns), (1, 5));
//! # Ok::<(), spikelet_events::Error>(())
//! ```
//!
//! Bytes from outside are not trusted: `fuzz/` has a target for every decoder, and the tests damage files of every
//! format and watch what is allocated.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "std"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "what a feature brings has no page without it; with all of them every link is checked"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod alongside;
mod audit;
mod beside;
#[cfg(feature = "std")]
pub mod blosc;
#[cfg(feature = "alloc")]
mod clean;
mod codec;
mod columns;
mod error;
mod event;
mod filler;
#[cfg(feature = "alloc")]
pub mod filter;
pub mod format;
#[cfg(feature = "alloc")]
pub mod header;
#[cfg(feature = "std")]
mod reader;
mod recognise;
#[cfg(feature = "alloc")]
mod select;
#[cfg(feature = "alloc")]
pub mod simulate;
#[cfg(feature = "std")]
mod team;
#[doc(hidden)]
pub mod wide;
#[cfg(feature = "std")]
mod writer;

pub use alongside::{Alongside, BesideKind};
pub use audit::Audit;
pub use beside::{Beside, Color, Exposure, Frame, Imu, Payload, Sample, Special};
#[cfg(feature = "alloc")]
pub use beside::{Kept, KeptPayloads, OwnedFrame};
#[cfg(feature = "alloc")]
pub use clean::{Backward, Cleaned, clean};
pub use codec::{Counts, Decode, Encode};
#[cfg(feature = "alloc")]
pub use columns::OwnedColumns;
pub use columns::{Columns, ColumnsMut, Places};
pub use error::Error;
pub use event::{Event, Origin, SensorSize, Trigger};
#[cfg(feature = "std")]
pub use reader::{Blame, ReadOptions, Reader, RecognisedBy};
pub use recognise::{Content, RECOGNISE_BYTES, recognise};
#[cfg(feature = "alloc")]
pub use select::{count_kept, select, select_into};
#[cfg(feature = "std")]
pub use team::Team;
#[cfg(feature = "std")]
pub use writer::{WriteOptions, Writer, Written};

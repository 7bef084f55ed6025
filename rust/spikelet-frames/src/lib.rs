//! Events to dense frames: windows cut a recording into slices, counts turn each slice into a frame.
//!
//! The two halves meet in a list of index ranges, so every window works with every kind of frame:
//!
//! ```
//! use std::num::NonZeroU64;
//! use spikelet_events::{Columns, SensorSize};
//! use spikelet_frames::{Window, counts};
//!
//! let t = [0, 4, 10, 25];
//! let events = Columns::new(&t, &[0, 1, 1, 0], &[0, 0, 1, 1], &[true, false, true, true])?;
//! let window = Window::ByTime { us: NonZeroU64::new(10).unwrap(), drop_last: false };
//!
//! let slices = window.slices(&t, 1_000)?;
//! assert_eq!(slices, [0..2, 2..3, 3..4]);
//!
//! let frames = counts::<f32>(events, &slices, SensorSize { width: 2, height: 2 })?;
//! assert_eq!(frames.len(), 3 * 2 * 2 * 2);
//! // Channel 0 holds the off events: one at x = 1, y = 0 in the first frame.
//! assert_eq!(frames[..8], [0., 1., 0., 0., 1., 0., 0., 0.]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod counts;
mod error;
mod lzw;
mod spikingjelly;
mod windows;

pub use counts::{Cell, Excess, count_into, counts, frame_cells, par_count_into};
pub use error::Error;
pub use lzw::gif_image_data;
pub use windows::Window;

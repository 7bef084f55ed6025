//! Events to dense frames: windows cut a recording into slices, representations turn each slice into a frame.
//!
//! The two halves meet in a [`Cut`], so every window works with every kind of frame:
//!
//! ```
//! use std::num::NonZeroU64;
//! use spikelet_events::{Columns, SensorSize};
//! use spikelet_frames::{Cut, Polarity, Window, count_into};
//!
//! let t = [0, 4, 10, 25];
//! let events = Columns::new(&t, &[0, 1, 1, 0], &[0, 0, 1, 1], &[true, false, true, true])?;
//! let window = Window::ByTime { us: NonZeroU64::new(10).unwrap(), drop_last: false };
//!
//! let slices = window.slices(&t, 1_000)?;
//! assert_eq!(slices, [0..2, 2..3, 3..4]);
//!
//! let cut = Cut::new(events, &slices, SensorSize { width: 2, height: 2 })?;
//! let mut frames = vec![0.0_f32; cut.frames() * 2 * cut.pixels()];
//! count_into(cut, Polarity::TwoChannel, &mut frames)?;
//! // Channel 0 holds the off events: one at x = 1, y = 0 in the first frame.
//! assert_eq!(frames[..8], [0., 1., 0., 0., 1., 0., 0., 0.]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod averaged;
mod cell;
mod counts;
mod cut;
mod error;
mod fading;
mod lzw;
mod places;
mod polarity;
mod seek;
mod spikingjelly;
mod stamps;
mod surface;
mod tore;
mod voxel;
mod windows;

pub use averaged::{AveragedSurfaces, averaged_surfaces_into};
pub use cell::Cell;
pub use counts::{Excess, count_into, mark_into};
pub use cut::Cut;
pub use error::Error;
pub use fading::Fading;
pub use lzw::gif_image_data;
pub use polarity::Polarity;
pub use surface::{Surface, last_event_times, last_times_into, time_surface_into};
pub use tore::{Tore, tore_into};
pub use voxel::{Kernel, Measure, VoxelGrid, voxel_grid_into};
pub use windows::Window;

//! EVT 3.0 from a serial line, on a device without a heap.
//!
//! A microcontroller reads a camera through a UART: an interrupt puts bytes into a small ring, the main loop takes
//! them out and wants events. Everything here lies in fixed buffers; only `core` is used.
//!
//! ```
//! use uart_evt3::{Camera, Uart};
//!
//! // Time 4112, row 100, the column 5, as the line delivers them.
//! let mut uart: Uart<64> = Uart::new();
//! for byte in [0x01, 0x80, 0x10, 0x60, 0x64, 0x00, 0x05, 0x28] {
//!     uart.receive(byte);
//! }
//! let mut camera = Camera::new();
//! camera.poll(&mut uart, |event| assert_eq!((event.t, event.x, event.y), (4112, 5, 100)));
//! assert_eq!(camera.counts().events, 1);
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod camera;
mod uart;

pub use camera::Camera;
pub use uart::Uart;

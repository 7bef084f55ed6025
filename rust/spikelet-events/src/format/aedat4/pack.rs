//! Bodies to packets, compressed or not.

use std::io::Write;
use std::vec::Vec;

use lz4_flex::frame::FrameEncoder;

use super::zstd::Compressor;
use crate::Error;

/// How packets are compressed when they are written; all kinds are read.
///
/// ```
/// use spikelet_events::format::aedat4::Compression;
///
/// assert_eq!(Compression::named("lz4"), Some(Compression::Lz4));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// One LZ4 frame per packet.
    Lz4,
    /// One zstd frame per packet: smaller, and slower to write.
    Zstd,
}

impl Compression {
    /// The compression of this name: `"none"`, `"lz4"` or `"zstd"`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "lz4" => Some(Self::Lz4),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// As headers spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Lz4 => "LZ4",
            Self::Zstd => "ZSTD",
        }
    }

    /// As headers number it.
    pub(super) fn code(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Lz4 => 1,
            Self::Zstd => 3,
        }
    }
}

/// Hands bodies on as packets; what a compressor sets up serves one after the other.
pub(super) struct Packer {
    compression: Compression,
    zstd: Compressor,
}

impl Packer {
    pub(super) fn new(compression: Compression) -> Self {
        Self {
            compression,
            zstd: Compressor::default(),
        }
    }

    /// Hands a body on as a packet.
    pub(super) fn put(
        &mut self,
        stream: i32,
        body: &[u8],
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        match self.compression {
            Compression::None => packet(stream, body, sink),
            Compression::Lz4 => {
                let mut encoder = FrameEncoder::new(Vec::new());
                encoder.write_all(body)?;
                let packed = encoder.finish().map_err(std::io::Error::other)?;
                packet(stream, &packed, sink);
            }
            Compression::Zstd => packet(stream, &self.zstd.pack(body)?, sink),
        }
        Ok(())
    }
}

fn packet(stream: i32, body: &[u8], sink: &mut dyn FnMut(&[u8])) {
    sink(&stream.to_le_bytes());
    sink(&(body.len() as u32).to_le_bytes());
    sink(body);
}

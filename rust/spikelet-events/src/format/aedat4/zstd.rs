//! One frame of zstd, by `ruzstd`, or by the C library with the feature `zstd-c`, which is faster and packs tighter.

#[cfg(not(feature = "zstd-c"))]
pub(super) use in_rust::{Compressor, Zstd};

#[cfg(feature = "zstd-c")]
pub(super) use in_c::{Compressor, Zstd};

/// Bytes decoded at a time.
const STEP: usize = 1 << 17;
/// Windows that every decoder should serve, RFC 8878: writers that do not know how much will come declare one far larger
/// than a packet. It is set aside as soon as it is declared, so a larger one must be borne out by the packet's size.
const WINDOW: usize = 1 << 23;

#[cfg(not(feature = "zstd-c"))]
mod in_rust {
    use std::boxed::Box;
    use std::{io, vec::Vec};

    use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::{STEP, WINDOW};
    use crate::format::aedat4::bounded::{Bounded, End};

    /// A decoder whose tables serve one frame after another.
    #[derive(Default)]
    pub(in crate::format::aedat4) struct Zstd(Option<Box<FrameDecoder>>);

    impl Zstd {
        /// Decodes the frame that `frame` begins with; none where it is damaged.
        pub(in crate::format::aedat4) fn unpack(
            &mut self,
            frame: &[u8],
            out: &mut Bounded<'_>,
        ) -> Option<End> {
            let mut decoder = self.0.take().unwrap_or_default();
            decoder.set_max_window_size(out.limit.max(WINDOW) as u64);
            let mut source = frame;
            decoder.reset(&mut source).ok()?;
            while !decoder.is_finished() {
                let step = BlockDecodingStrategy::UptoBytes(STEP);
                decoder.decode_blocks(&mut source, step).ok()?;
                out.body.extend(&decoder.collect().unwrap_or_default());
                if out.check()? == End::BeyondSize {
                    return Some(End::BeyondSize);
                }
            }
            let sum = decoder.get_checksum_from_data();
            if sum.is_some() && sum != decoder.get_calculated_checksum() {
                return None;
            }
            self.0 = Some(decoder);
            Some(End::Reached)
        }
    }

    /// Bodies to frames.
    #[derive(Default)]
    pub(in crate::format::aedat4) struct Compressor(());

    impl Compressor {
        #[allow(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "as the C library has it"
        )]
        pub(in crate::format::aedat4) fn pack(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
            Ok(compress_to_vec(body, CompressionLevel::Fastest))
        }
    }
}

#[cfg(feature = "zstd-c")]
mod in_c {
    use std::{io, vec::Vec};

    use zstd::bulk;
    use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

    use super::{STEP, WINDOW};
    use crate::format::aedat4::bounded::{Bounded, End};

    /// What the library takes at most by itself.
    const LARGEST_WINDOW: usize = 1 << 27;

    /// A decoder whose tables serve one frame after another.
    #[derive(Default)]
    pub(in crate::format::aedat4) struct Zstd(Option<Decoder<'static>>);

    impl Zstd {
        /// Decodes the frame that `frame` begins with; none where it is damaged.
        pub(in crate::format::aedat4) fn unpack(
            &mut self,
            frame: &[u8],
            out: &mut Bounded<'_>,
        ) -> Option<End> {
            let mut decoder = match self.0.take() {
                Some(decoder) => decoder,
                None => Decoder::new().ok()?,
            };
            decoder.reinit().ok()?;
            let log = out.limit.clamp(WINDOW, LARGEST_WINDOW).ilog2();
            decoder.set_parameter(DParameter::WindowLogMax(log)).ok()?;
            let mut source = InBuffer::around(frame);
            loop {
                let taken = source.pos();
                let mut piece = OutBuffer::around(out.body.free(STEP));
                let left = decoder.run(&mut source, &mut piece).ok()?;
                let filled = piece.as_slice().len();
                let is_stuck = filled == 0 && source.pos() == taken;
                out.body.advance(filled);
                if out.check()? == End::BeyondSize {
                    return Some(End::BeyondSize);
                }
                if left == 0 {
                    self.0 = Some(decoder);
                    return Some(End::Reached);
                }
                // The frame is cut.
                if is_stuck {
                    return None;
                }
            }
        }
    }

    /// Bodies to frames.
    #[derive(Default)]
    pub(in crate::format::aedat4) struct Compressor(Option<bulk::Compressor<'static>>);

    impl Compressor {
        /// One frame, at the library's usual level.
        pub(in crate::format::aedat4) fn pack(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
            let mut compressor = match self.0.take() {
                Some(compressor) => compressor,
                None => bulk::Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL)?,
            };
            let packed = compressor.compress(body)?;
            self.0 = Some(compressor);
            Ok(packed)
        }
    }
}

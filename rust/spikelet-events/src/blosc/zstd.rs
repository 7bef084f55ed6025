//! One frame of zstd of a known length, by `ruzstd`, or by the C library with the feature `zstd-c`.

#[cfg(not(feature = "zstd-c"))]
pub(super) use in_rust::Zstd;

#[cfg(feature = "zstd-c")]
pub(super) use in_c::Zstd;

#[cfg(not(feature = "zstd-c"))]
mod in_rust {
    use std::io::Read;

    use ruzstd::decoding::StreamingDecoder;

    /// Nothing is kept from one frame to the next.
    #[derive(Default)]
    pub(in crate::blosc) struct Zstd;

    impl Zstd {
        /// Fills `out` with what `frame` stands for; none where that is damaged or of another length.
        #[expect(clippy::unused_self, reason = "the C library keeps its tables in it")]
        pub(in crate::blosc) fn fill(&mut self, frame: &[u8], out: &mut [u8]) -> Option<()> {
            let mut decoder = StreamingDecoder::new(frame).ok()?;
            decoder.read_exact(out).ok()?;
            (decoder.read(&mut [0]).ok()? == 0).then_some(())
        }
    }
}

#[cfg(feature = "zstd-c")]
mod in_c {
    use zstd::bulk::Decompressor;

    /// A decoder whose tables serve one frame after another.
    #[derive(Default)]
    pub(in crate::blosc) struct Zstd(Option<Decompressor<'static>>);

    impl Zstd {
        /// Fills `out` with what `frame` stands for; none where that is damaged or of another length.
        pub(in crate::blosc) fn fill(&mut self, frame: &[u8], out: &mut [u8]) -> Option<()> {
            let decoder = match &mut self.0 {
                Some(decoder) => decoder,
                none => none.insert(Decompressor::new().ok()?),
            };
            let filled = decoder.decompress_to_buffer(frame, out).ok()?;
            (filled == out.len()).then_some(())
        }
    }
}

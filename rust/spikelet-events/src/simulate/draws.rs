use core::f64::consts::TAU;

/// Random numbers of one pixel: a stream of its own, so that no order of pixels and no number of threads changes it.
///
/// `SplitMix64`: Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws(u64);

impl Draws {
    /// The stream of pixel `index` of the sensor with this seed.
    pub(super) fn new(seed: u64, index: u64) -> Self {
        // Mixed twice: streams that start a constant apart would be one stream, shifted.
        Self(mixed(mixed(seed ^ 0x5eed) ^ index))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// Evenly above 0, at most 1: a logarithm can be taken of it.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// True as often as false.
    pub(super) fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    /// A standard normal deviate, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        radius * libm::cos(TAU * self.uniform())
    }

    /// How long to wait for the next of events that come at `rate` by chance; for ever where there are none.
    pub(super) fn wait(&mut self, rate: f64) -> f64 {
        if rate > 0.0 {
            -libm::log(self.uniform()) / rate
        } else {
            f64::INFINITY
        }
    }
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

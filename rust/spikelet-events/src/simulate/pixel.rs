use super::config::{MIN_THRESHOLD, SensorConfig};
use super::draws::Draws;

/// No pixel's threshold is drawn below this, as in v2e.
const MIN_DRAWN_THRESHOLD: f64 = 0.01;
/// What of the shot noise in the dark is left at intensity 1, as in v2e.
const SHOT_NOISE_IN_LIGHT: f64 = 0.25;

/// What one pixel remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    /// As last shown, to tell at once whether anything changed.
    pub(super) intensity: f32,
    /// Logarithm of what was last shown.
    shown: f64,
    /// The same behind the low-pass.
    log: f64,
    /// Log intensity at the last crossing.
    level: f64,
    /// The first time at which the pixel may report again.
    ready_us: i64,
    on_threshold: f64,
    off_threshold: f64,
    draws: Draws,
}

/// What happens to a pixel between two images.
pub(super) struct Interval<'a> {
    pub(super) config: &'a SensorConfig,
    pub(super) start_us: i64,
    pub(super) length_us: f64,
}

impl Interval<'_> {
    /// The microsecond nearest to the moment `t` microseconds after the start.
    fn time_of(&self, t: f64) -> i64 {
        self.start_us.saturating_add((t + 0.5) as i64)
    }
}

/// Log intensity between two images: linear in time.
struct Ramp {
    from: f64,
    to: f64,
    start_us: i64,
    length_us: f64,
}

impl Ramp {
    /// The microsecond nearest to the moment at which `level` is met.
    fn time_of(&self, level: f64) -> i64 {
        let part = (level - self.from) / (self.to - self.from);
        // Rounded, not cut: the quotient of a crossing at 1000 us may come out as 999.9999.
        self.start_us
            .saturating_add((part * self.length_us + 0.5) as i64)
    }
}

/// What the pixel compares with its level, `t` microseconds after an image: $a + b t + c e^{-t / \tau}$.
///
/// A ramp behind a first-order low-pass, and the leak of the level counted as a rise.
struct Course {
    a: f64,
    b: f64,
    c: f64,
    tau: f64,
}

impl Course {
    fn at(&self, t: f64) -> f64 {
        let fading = if self.c == 0.0 {
            0.0
        } else {
            self.c * libm::exp(-t / self.tau)
        };
        self.a + self.b * t + fading
    }

    /// The one moment at which it turns around, if there is one after 0.
    fn turn(&self) -> f64 {
        let part = self.b * self.tau / self.c;
        if self.c != 0.0 && part > 0.0 && part < 1.0 {
            -self.tau * libm::log(part)
        } else {
            f64::INFINITY
        }
    }

    /// When it meets `value` between `low` and `high`, where it runs one way and does meet it: to half a microsecond.
    fn time_of(&self, value: f64, mut low: f64, mut high: f64) -> f64 {
        if self.c == 0.0 {
            return ((value - self.a) / self.b).clamp(low, high);
        }
        let is_rising = self.at(high) > self.at(low);
        while high - low > 0.5 {
            let middle = 0.5 * (low + high);
            if (self.at(middle) < value) == is_rising {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

impl Pixel {
    /// Pixel `index` of the sensor, which has seen nothing.
    pub(super) fn new(config: &SensorConfig, index: u64) -> Self {
        let flaws = &config.flaws;
        let mut draws = Draws::new(flaws.seed, index);
        let mut drawn = |threshold: f64| {
            if flaws.threshold_mismatch == 0.0 {
                return threshold;
            }
            let least = MIN_DRAWN_THRESHOLD.min(threshold).max(MIN_THRESHOLD);
            (threshold * (1.0 + flaws.threshold_mismatch * draws.normal())).max(least)
        };
        let (on_threshold, off_threshold) =
            (drawn(config.on_threshold), drawn(config.off_threshold));
        Self {
            intensity: 0.0,
            shown: 0.0,
            log: 0.0,
            level: 0.0,
            ready_us: 0,
            on_threshold,
            off_threshold,
            draws,
        }
    }

    /// Sees the first image.
    pub(super) fn settle(&mut self, intensity: f32, config: &SensorConfig) {
        let log = libm::log(f64::from(intensity) + config.log_offset);
        // Somewhere between two leak events, or all pixels would have theirs at once.
        let leaked = if config.flaws.leak_rate_hz > 0.0 {
            self.on_threshold * self.draws.uniform()
        } else {
            0.0
        };
        (self.intensity, self.shown, self.log) = (intensity, log, log);
        (self.level, self.ready_us) = (log - leaked, 0);
    }

    /// Sees the next image with an ideal pixel: walks the level along the ramp, reports each crossing, and returns
    /// how many fell into the refractory time.
    pub(super) fn follow(
        &mut self,
        intensity: f32,
        interval: &Interval<'_>,
        mut report: impl FnMut(i64, bool),
    ) -> u64 {
        let to = libm::log(f64::from(intensity) + interval.config.log_offset);
        let ramp = Ramp {
            from: self.log,
            to,
            start_us: interval.start_us,
            length_us: interval.length_us,
        };
        (self.intensity, self.shown, self.log) = (intensity, to, to);
        let is_rising = ramp.to > ramp.from;
        let step = self.step(is_rising);
        let mut dropped = 0;
        loop {
            let next = self.level + step;
            // A level that is just met counts as crossed, rising or falling.
            if (is_rising && next > ramp.to) || (!is_rising && next < ramp.to) {
                return dropped;
            }
            self.level = next;
            let t_us = ramp.time_of(next);
            dropped += self.fire(t_us, interval, || report(t_us, is_rising));
        }
    }

    /// [`follow`](Self::follow) for a pixel with flaws.
    pub(super) fn drift(
        &mut self,
        intensity: f32,
        interval: &Interval<'_>,
        mut report: impl FnMut(i64, bool),
    ) -> u64 {
        let length = interval.length_us;
        let leak = interval.config.flaws.leak_rate_hz * 1e-6 * self.on_threshold;
        let noise = self.noise_per_us(intensity, interval.config);
        let course = self.course(intensity, interval, leak);
        let (turn, mut noise_at) = (course.turn(), self.draws.wait(noise));
        let (mut now, mut dropped) = (0.0, 0);
        while now < length {
            // Between these stops the course runs one way.
            let quiet = if turn > now { turn.min(length) } else { length };
            let is_noise = noise_at <= quiet;
            let stop = noise_at.min(quiet);
            dropped += self.cross(&course, (now, stop), interval, &mut report);
            if is_noise {
                let (t_us, p) = (interval.time_of(stop), self.draws.coin());
                self.level = course.at(stop);
                dropped += self.fire(t_us, interval, || report(t_us, p));
                noise_at = stop + self.draws.wait(noise);
            }
            now = stop;
        }
        self.log = course.at(length) - leak * length;
        self.level -= leak * length;
        dropped
    }

    /// The way from what the pixel has come to, towards the next image.
    fn course(&mut self, intensity: f32, interval: &Interval<'_>, leak: f64) -> Course {
        let to = libm::log(f64::from(intensity) + interval.config.log_offset);
        let slope = (to - self.shown) / interval.length_us;
        let tau = interval.config.flaws.tau_us();
        let lag = slope * tau;
        let course = Course {
            a: self.shown - lag,
            b: slope + leak,
            c: if tau > 0.0 {
                self.log - self.shown + lag
            } else {
                0.0
            },
            tau,
        };
        (self.intensity, self.shown) = (intensity, to);
        course
    }

    /// Shot noise by chance, less of it in the light.
    fn noise_per_us(&self, intensity: f32, config: &SensorConfig) -> f64 {
        let light = (0.5 * (f64::from(self.intensity) + f64::from(intensity))).min(1.0);
        config.flaws.shot_noise_rate_hz * 1e-6 * (1.0 - (1.0 - SHOT_NOISE_IN_LIGHT) * light)
    }

    /// Walks the level along a stretch on which the course runs one way.
    fn cross(
        &mut self,
        course: &Course,
        (start, stop): (f64, f64),
        interval: &Interval<'_>,
        report: &mut impl FnMut(i64, bool),
    ) -> u64 {
        let (from, to) = (course.at(start), course.at(stop));
        let is_rising = to > from;
        let step = self.step(is_rising);
        let (mut low, mut dropped) = (start, 0);
        loop {
            let next = self.level + step;
            if (is_rising && next > to) || (!is_rising && next < to) {
                return dropped;
            }
            self.level = next;
            low = course.time_of(next, low, stop);
            let t_us = interval.time_of(low);
            dropped += self.fire(t_us, interval, || report(t_us, is_rising));
        }
    }

    fn step(&self, is_rising: bool) -> f64 {
        if is_rising {
            self.on_threshold
        } else {
            -self.off_threshold
        }
    }

    /// Reports, or says that one event fell into the refractory time.
    fn fire(&mut self, t_us: i64, interval: &Interval<'_>, report: impl FnOnce()) -> u64 {
        if t_us < self.ready_us {
            return 1;
        }
        self.ready_us = t_us.saturating_add(interval.config.refractory_us);
        report();
        0
    }
}

//! The functions of the language beyond the operators; each compiles to straight vector code.

/// $e^v$ to 1 ulp: 0 below the smallest float, infinity above the largest, NaN for NaN.
///
/// $v = n \ln 2 + r$ with $|r| \le \ln 2 / 2$, then $e^v = 2^n e^r$. Only `+ - *` and bits, in this order, so that every
/// engine that copies these lines gives the same result. Constants: Cephes `expf`.
///
/// ```
/// use spikelet_program::math::exp;
///
/// assert_eq!(exp(0.0), 1.0);
/// assert_eq!(exp(1.0), std::f32::consts::E);
/// assert_eq!(exp(-1.0e9), 0.0);
/// assert_eq!(exp(89.0), f32::INFINITY);
/// assert!(exp(f32::NAN).is_nan());
/// ```
#[inline(always)]
#[allow(
    clippy::excessive_precision,
    reason = "constants as their source prints them"
)]
pub fn exp(v: f32) -> f32 {
    // Adding it leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    // e^-104 rounds to 0 and e^89 to infinity; NaN fails both comparisons and stays.
    let v = if v < -104.0 { -104.0 } else { v };
    let v = if v > 89.0 { 89.0 } else { v };
    let rounded = v * core::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let r = v - whole * 0.693_359_375;
    let r = r - whole * -2.121_944_4e-4;
    let p = 1.987_569_15e-4;
    let p = p * r + 1.398_199_95e-3;
    let p = p * r + 8.333_451_9e-3;
    let p = p * r + 4.166_579_59e-2;
    let p = p * r + 1.666_666_55e-1;
    let p = p * r + 5.000_000_12e-1;
    let p = p * (r * r) + r;
    let p = p + 1.0;
    // 2^n in two factors, as n reaches from -150 to 128.
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let rest = n.wrapping_sub(half);
    p * power_of_two(half) * power_of_two(rest)
}

#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// The smaller of two numbers; NaN if either is.
///
/// ```
/// use spikelet_program::math::minimum;
///
/// assert_eq!(minimum(1.0, 2.0), 1.0);
/// assert!(minimum(1.0, f32::NAN).is_nan());
/// ```
#[inline(always)]
#[allow(
    clippy::eq_op,
    clippy::float_cmp,
    clippy::needless_bitwise_bool,
    reason = "only NaN differs from itself, and this form stays one vector comparison"
)]
pub fn minimum(a: f32, b: f32) -> f32 {
    if (a < b) | (a != a) { a } else { b }
}

/// The larger of two numbers; NaN if either is.
///
/// ```
/// use spikelet_program::math::maximum;
///
/// assert_eq!(maximum(1.0, 2.0), 2.0);
/// assert!(maximum(f32::NAN, 1.0).is_nan());
/// ```
#[inline(always)]
#[allow(
    clippy::eq_op,
    clippy::float_cmp,
    clippy::needless_bitwise_bool,
    reason = "only NaN differs from itself, and this form stays one vector comparison"
)]
pub fn maximum(a: f32, b: f32) -> f32 {
    if (a > b) | (a != a) { a } else { b }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    fn ulps(a: f32, b: f64) -> f64 {
        let nearest = b as f32;
        let below = f32::from_bits(nearest.to_bits().max(1) - 1);
        let ulp = (nearest as f64 - below as f64)
            .abs()
            .max(f64::from(f32::from_bits(1)));
        (a as f64 - b).abs() / ulp
    }

    #[test]
    fn exp_is_within_one_and_a_half_ulp_over_its_whole_range() {
        let mut worst = 0.0_f64;
        let mut v = -103.9_f32;
        while v < 88.722_83 {
            worst = worst.max(ulps(exp(v), f64::from(v).exp()));
            v += 0.000_731;
        }
        assert!(worst < 1.5, "{worst} ulp");
    }

    #[test]
    fn exp_is_exact_at_its_ends() {
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(f32::MAX), f32::INFINITY);
        assert_eq!(exp(-0.0), 1.0);
        assert!(exp(-f32::NAN).is_nan());
        assert!(exp(88.722_83).is_finite());
        assert_eq!(exp(88.722_84), f32::INFINITY);
        assert_eq!(exp(-103.5), f32::from_bits(1));
    }
}

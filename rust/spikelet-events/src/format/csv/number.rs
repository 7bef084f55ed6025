//! Decimal numbers as integers.

/// Digits after the point that are kept: microseconds of seconds.
const PLACES: i32 = 6;
/// Significant digits that are looked at: more do not change a value of 64 bits.
const MOST_DIGITS: u32 = 30;

/// A number of millionths, rounded half away from zero; None where the text is no number or too large.
///
/// `14.2248704` gives 14 224 870, `1e-6` gives 1, `-1` gives -1 000 000.
pub(super) fn millionths(text: &[u8]) -> Option<i128> {
    let (is_negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let (mantissa, exponent) = text.split_at(at);
            (mantissa, power(exponent.get(1..)?)?)
        }
        None => (text, 0),
    };
    let (digits, scale) = significant(mantissa)?;
    let value = scaled(digits, exponent + scale + PLACES)?;
    Some(if is_negative { -value } else { value })
}

/// An exponent of ten, of at most three digits.
fn power(text: &[u8]) -> Option<i32> {
    let text = str::from_utf8(text).ok()?;
    let power: i32 = text.parse().ok()?;
    (-999..=999).contains(&power).then_some(power)
}

/// Digits as one integer, and the power of ten that goes with it.
fn significant(text: &[u8]) -> Option<(u128, i32)> {
    let (mut value, mut count, mut scale) = (0u128, 0u32, 0i32);
    let (mut has_digit, mut is_after_point) = (false, false);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                has_digit = true;
                if count < MOST_DIGITS {
                    value = value * 10 + (byte - b'0') as u128;
                    count += (value > 0) as u32;
                    scale -= is_after_point as i32;
                } else {
                    scale += !is_after_point as i32;
                }
            }
            b'.' if !is_after_point => is_after_point = true,
            _ => return None,
        }
    }
    has_digit.then_some((value, scale))
}

/// `digits` times a power of ten, rounded half up.
fn scaled(digits: u128, power: i32) -> Option<i128> {
    // 10³⁸ is the largest power of ten in 127 bits; a smaller divisor than that leaves nothing of 30 digits.
    let value = match (u32::try_from(power), digits) {
        (_, 0) => 0,
        (Ok(power @ 0..=38), _) => digits.checked_mul(10u128.pow(power))?,
        (Ok(_), _) => return None,
        (Err(_), _) if power < -38 => 0,
        (Err(_), _) => {
            let divisor = 10u128.pow(power.unsigned_abs());
            (digits + divisor / 2) / divisor
        }
    };
    i128::try_from(value).ok()
}

/// A whole number; None where there is a fraction.
pub(super) fn whole(text: &[u8]) -> Option<i64> {
    let value = millionths(text)?;
    (value % 1_000_000 == 0)
        .then_some(value / 1_000_000)
        .and_then(|value| i64::try_from(value).ok())
}

/// Whether a number is written with a point or an exponent.
pub(super) fn is_fractional(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// ON for anything above 0; None where the text is no polarity.
pub(super) fn polarity(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        return Some(true);
    }
    if text.eq_ignore_ascii_case(b"false") {
        return Some(false);
    }
    let value = whole(text)?;
    (value >= -1).then_some(value > 0)
}

#[cfg(test)]
mod tests {
    use super::{millionths, polarity, whole};

    #[test]
    fn decimals_are_rounded_and_never_truncated() {
        for (text, expected) in [
            ("14.224870", 14_224_870),
            ("14.2248704999", 14_224_870),
            ("14.2248705", 14_224_871),
            ("-0.0000005", -1),
            ("0.00000049999999999999999999999999999999999999999", 0),
            (".5", 500_000),
            ("5.", 5_000_000),
            ("1.4224870e+01", 14_224_870),
            ("1422487000E-8", 14_224_870),
            ("1e-6", 1),
            ("1e-100", 0),
            ("0e999", 0),
            ("1556884740.123456", 1_556_884_740_123_456),
        ] {
            assert_eq!(millionths(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", ".", "e5", "1e", "1e+", "1e1000", "1e40", "1.2.3", "0x10", "1 2", "nan", "--1",
        ] {
            assert_eq!(millionths(text.as_bytes()), None, "{text}");
        }
        assert_eq!(whole(b"1.5"), None);
        assert_eq!(whole(b"3.540000000000000000e+02"), Some(354));
        assert_eq!(whole(b"9223372036854775808"), None);
    }

    #[test]
    fn polarities_are_words_or_whole_numbers_from_minus_one() {
        for (text, expected) in [
            ("1", Some(true)),
            ("99", Some(true)),
            ("0", Some(false)),
            ("-1", Some(false)),
            ("-1.0", Some(false)),
            ("True", Some(true)),
            ("FALSE", Some(false)),
            ("-2", None),
            ("0.5", None),
            ("on", None),
        ] {
            assert_eq!(polarity(text.as_bytes()), expected, "{text}");
        }
    }
}

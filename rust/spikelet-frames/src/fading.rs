//! How what happened fades with time.

use spikelet_program::math;

use crate::Error;

/// What an event is still worth at a later time: 1 at once, less with age.
///
/// ```
/// use spikelet_frames::Fading;
///
/// assert_eq!(Fading::exponential(10.0)?.of(0), 1.0);
/// assert_eq!(Fading::linear(30.0)?.of(15), 0.5);
/// assert_eq!(Fading::linear(30.0)?.of(31), 0.0);
/// let error = Fading::exponential(0.0).unwrap_err();
/// assert_eq!(error.to_string(), "`tau_us` must be finite and above 0, got 0");
/// # Ok::<(), spikelet_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fading {
    course: Course,
    us: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Course {
    Exponential,
    Linear,
}

impl Fading {
    /// $e^{-a / \tau}$ of age $a$.
    ///
    /// # Errors
    /// [`Error::Number`]: `tau_us` is not finite and above 0.
    pub fn exponential(tau_us: f32) -> Result<Self, Error> {
        Ok(Self {
            course: Course::Exponential,
            us: positive("tau_us", tau_us)?,
        })
    }

    /// $\max(0, 1 - a / s)$ of age $a$.
    ///
    /// # Errors
    /// [`Error::Number`]: `span_us` is not finite and above 0.
    pub fn linear(span_us: f32) -> Result<Self, Error> {
        Ok(Self {
            course: Course::Linear,
            us: positive("span_us", span_us)?,
        })
    }

    /// The constant, where the course is exponential.
    pub(crate) fn tau_us(self) -> Option<f32> {
        (self.course == Course::Exponential).then_some(self.us)
    }

    /// What an event of this age in microseconds is worth.
    pub fn of(self, age_us: u64) -> f32 {
        self.after(age_us as f32)
    }

    /// [`of`](Self::of) an age that is a float already.
    #[inline]
    pub(crate) fn after(self, age_us: f32) -> f32 {
        let share = age_us / self.us;
        match self.course {
            Course::Exponential => math::exp(-share),
            Course::Linear => (1.0 - share).max(0.0),
        }
    }
}

/// `value` where it is finite and above 0.
pub(crate) fn positive(name: &'static str, value: f32) -> Result<f32, Error> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(Error::Number {
        name,
        rule: "finite and above 0",
        value: value.to_string(),
    })
}

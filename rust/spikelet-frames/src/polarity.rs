//! What becomes of the polarity of events.

/// Which frames off and on events fall in.
///
/// ```
/// use spikelet_frames::Polarity;
///
/// assert_eq!(Polarity::TwoChannel.channels(), 2);
/// assert_eq!(Polarity::Signed.channels(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// A channel for off events, then one for on events.
    TwoChannel,
    /// One channel, where on events count up and off events count down.
    Signed,
    /// One channel, where all events are alike.
    Merged,
}

impl Polarity {
    /// Channels of a frame.
    pub fn channels(self) -> usize {
        match self {
            Self::TwoChannel => 2,
            Self::Signed | Self::Merged => 1,
        }
    }

    /// The channel of an event.
    pub(crate) fn channel(self, p: bool) -> usize {
        usize::from(self == Self::TwoChannel && p)
    }

    /// What an event counts in its channel.
    pub(crate) fn sign(self, p: bool) -> f32 {
        if self == Self::Signed && !p {
            -1.0
        } else {
            1.0
        }
    }
}

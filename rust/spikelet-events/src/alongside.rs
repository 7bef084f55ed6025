//! What goes into a file alongside the events.

use crate::{Color, Columns, Error, Exposure, Frame, Imu, Sample, Special, Trigger};

/// What may stand beside the events of a recording.
///
/// ```
/// use spikelet_events::{BesideKind, format::Format};
///
/// assert_eq!(Format::Evt3.holds(), [BesideKind::Triggers]);
/// assert_eq!(BesideKind::Triggers.name(), "triggers");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BesideKind {
    /// Edges at external inputs.
    Triggers,
    /// Samples of the inertial sensor.
    Imu,
    /// Frames.
    Frames,
    /// Marks.
    Specials,
    /// Events of exposure.
    Exposures,
    /// The colours of the events.
    Colors,
    /// Readings of single pixels' grey levels.
    Samples,
}

impl BesideKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Triggers,
        Self::Imu,
        Self::Frames,
        Self::Specials,
        Self::Exposures,
        Self::Colors,
        Self::Samples,
    ];

    /// Its name, as used in arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Triggers => "triggers",
            Self::Imu => "imu",
            Self::Frames => "frames",
            Self::Specials => "specials",
            Self::Exposures => "exposures",
            Self::Colors => "colors",
            Self::Samples => "samples",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is written beside some events: each kind in its order, nothing of most.
///
/// ```
/// use spikelet_events::{Alongside, Columns, Encode, SensorSize, Trigger, format::evt2};
///
/// let mut encoder = evt2::Encoder::new(SensorSize { width: 1280, height: 720 })?;
/// let mut bytes = Vec::new();
/// let triggers = [Trigger { t: 7, id: 1, p: true }];
/// let beside = Alongside { triggers: &triggers, ..Alongside::default() };
/// let events = Columns::new(&[9], &[1], &[2], &[false])?;
/// encoder.push_with(events, beside, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes[4..8], 0xa1c0_0101_u32.to_le_bytes(), "the trigger comes first");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Alongside<'a> {
    /// Edges at external inputs.
    pub triggers: &'a [Trigger],
    /// Samples of the inertial sensor.
    pub imu: &'a [Imu],
    /// Frames.
    pub frames: &'a [Frame<'a>],
    /// Marks.
    pub specials: &'a [Special],
    /// Events of exposure, placed by their index.
    pub exposures: &'a [Exposure],
    /// The colours of the events, one for each.
    pub colors: &'a [Color],
    /// Readings of single pixels' grey levels.
    pub samples: &'a [Sample],
}

impl Alongside<'_> {
    /// The kinds of which there is something.
    ///
    /// ```
    /// use spikelet_events::{Alongside, BesideKind, Imu};
    ///
    /// let beside = Alongside { imu: &[Imu::default()], ..Alongside::default() };
    /// assert!(beside.kinds().eq([BesideKind::Imu]));
    /// ```
    pub fn kinds(self) -> impl Iterator<Item = BesideKind> {
        let counts = [
            self.triggers.len(),
            self.imu.len(),
            self.frames.len(),
            self.specials.len(),
            self.exposures.len(),
            self.colors.len(),
            self.samples.len(),
        ];
        let pairs = BesideKind::ALL.into_iter().zip(counts);
        pairs.filter(|&(_, count)| count > 0).map(|(kind, _)| kind)
    }

    /// Refuses what a format that holds only these kinds has no place for.
    pub(crate) fn refuse_all_but(
        self,
        held: &[BesideKind],
        format: &'static str,
    ) -> Result<(), Error> {
        match self.kinds().find(|kind| !held.contains(kind)) {
            None => Ok(()),
            Some(kind) => Err(Error::Unfit {
                what: kind.name(),
                rule: "be left out",
                format,
            }),
        }
    }
}

impl<'a> Alongside<'a> {
    /// Whether there is nothing.
    ///
    /// ```
    /// assert!(spikelet_events::Alongside::default().is_empty());
    /// ```
    pub fn is_empty(self) -> bool {
        self.kinds().next().is_none()
    }

    /// Calls `put` with each packet of at most `most` events and what happened up to its last one, and at the end
    /// with no events and the rest.
    pub(crate) fn with_packets(
        self,
        events: Columns<'a>,
        most: usize,
        mut put: impl FnMut(Columns<'a>, Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (mut events, mut beside) = (events, self);
        while let Some(&last) = events.t().get(..most).unwrap_or(events.t()).last() {
            let (packet, after) = events.split_at(most);
            let (now, later) = beside.split_at_time(last);
            put(packet, now)?;
            (events, beside) = (after, later);
        }
        put(events, beside)
    }

    /// What happened up to a time, and what after it; items without times stay with the later ones.
    fn split_at_time(self, last: i64) -> (Self, Self) {
        let (triggers, later_triggers) = split(self.triggers, |trigger| trigger.t <= last);
        let (imu, later_imu) = split(self.imu, |imu| imu.t <= last);
        let (frames, later_frames) = split(self.frames, |frame| frame.t <= last);
        let (specials, later_specials) = split(self.specials, |special| special.t <= last);
        let (samples, later_samples) = split(self.samples, |sample| sample.t <= last);
        let now = Self {
            triggers,
            imu,
            frames,
            specials,
            samples,
            ..Self::default()
        };
        let later = Self {
            triggers: later_triggers,
            imu: later_imu,
            frames: later_frames,
            specials: later_specials,
            samples: later_samples,
            ..self
        };
        (now, later)
    }
}

fn split<T>(items: &[T], is_now: impl Fn(&T) -> bool) -> (&[T], &[T]) {
    items.split_at(items.partition_point(is_now))
}

//! One file per format, and the list of them.

pub mod aedat1;
pub mod aedat2;
pub mod aedat3;
#[cfg(feature = "std")]
pub mod aedat4;
#[cfg(feature = "std")]
mod ahead;
mod any;
pub mod bin40;
pub mod csv;
pub mod dat;
pub mod ecf;
pub mod es;
pub mod evt2;
pub mod evt21;
pub mod evt3;
mod in_order;
mod plain;
mod records;
mod wraps;

pub use any::{AnyDecoder, AnyEncoder};
pub use records::Records;

use crate::{BesideKind, Error, Event, Origin, SensorSize};

/// The formats that are read and written.
///
/// ```
/// use spikelet_events::format::Format;
///
/// assert_eq!(Format::named("evt3"), Some(Format::Evt3));
/// assert_eq!(Format::Bin40.extensions(), [".bin", ".bs2"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [40-bit records](bin40).
    Bin40,
    /// [AEDAT 2.0](aedat2).
    Aedat2,
    /// [Prophesee EVT 2.0](evt2).
    Evt2,
    /// [Prophesee EVT 3.0](evt3).
    Evt3,
    /// [AEDAT 1.0](aedat1).
    Aedat1,
    /// [AEDAT 3.1](aedat3).
    Aedat3,
    /// AEDAT 4.0, read and written with the feature `std`.
    Aedat4,
    /// [Prophesee EVT 2.1](evt21).
    Evt21,
    /// [Prophesee DAT](dat).
    Dat,
    /// [Event Stream](es).
    Es,
    /// [Text](csv), written as Metavision does.
    Csv,
    /// [Text](csv), written as RPG's tools read it.
    Rpg,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::Bin40,
        Self::Aedat2,
        Self::Evt2,
        Self::Aedat1,
        Self::Aedat3,
        Self::Aedat4,
        Self::Evt21,
        Self::Evt3,
        Self::Dat,
        Self::Es,
        Self::Csv,
        Self::Rpg,
    ];

    /// The names of all formats, for messages.
    pub const NAMES: &'static str =
        "bin40, aedat2, evt2, aedat1, aedat3, aedat4, evt21, evt3, dat, es, csv, rpg";

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name, as used in arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bin40 => "bin40",
            Self::Aedat2 => "aedat2",
            Self::Evt2 => "evt2",
            Self::Evt3 => "evt3",
            Self::Aedat1 => "aedat1",
            Self::Aedat3 => "aedat3",
            Self::Aedat4 => "aedat4",
            Self::Evt21 => "evt21",
            Self::Dat => "dat",
            Self::Es => "es",
            Self::Csv => "csv",
            Self::Rpg => "rpg",
        }
    }

    /// Its name, as people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bin40 => "40-bit records (N-MNIST, N-Caltech101, SLAYER)",
            Self::Aedat2 => "AEDAT 2.0 (jAER)",
            Self::Evt2 => "Prophesee RAW, EVT 2.0",
            Self::Evt3 => "Prophesee RAW, EVT 3.0",
            Self::Aedat1 => "AEDAT 1.0 (jAER)",
            Self::Aedat3 => "AEDAT 3.1 (cAER)",
            Self::Aedat4 => "AEDAT 4.0 (DV)",
            Self::Evt21 => "Prophesee RAW, EVT 2.1",
            Self::Dat => "Prophesee DAT",
            Self::Es => "Event Stream 2 (.es)",
            Self::Csv => "text, x,y,p,t in microseconds (Metavision)",
            Self::Rpg => "text, t x y p in seconds (RPG, E2VID)",
        }
    }

    /// File name extensions, with the dot and in lower case.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Bin40 => &[".bin", ".bs2"],
            Self::Aedat1 | Self::Aedat2 | Self::Aedat3 => &[".aedat"],
            Self::Evt2 | Self::Evt3 | Self::Evt21 => &[".raw"],
            Self::Dat => &[".dat"],
            Self::Es => &[".es"],
            Self::Csv => &[".csv"],
            Self::Rpg => &[".txt"],
            Self::Aedat4 => &[".aedat4"],
        }
    }

    /// The largest sensor that it can hold.
    pub const fn max_size(self) -> SensorSize {
        match self {
            Self::Bin40 => bin40::MAX_SIZE,
            Self::Aedat2 => aedat2::MAX_SIZE,
            Self::Evt2 => evt2::MAX_SIZE,
            Self::Evt3 => evt3::MAX_SIZE,
            Self::Aedat1 => aedat1::MAX_SIZE,
            Self::Aedat3 | Self::Aedat4 => aedat3::MAX_SIZE,
            Self::Evt21 => evt21::MAX_SIZE,
            Self::Dat => dat::MAX_SIZE,
            Self::Es => es::MAX_SIZE,
            Self::Csv | Self::Rpg => csv::MAX_SIZE,
        }
    }

    /// What its writers have a place for beside the events.
    pub const fn holds(self) -> &'static [BesideKind] {
        match self {
            Self::Evt2 | Self::Evt21 | Self::Evt3 => &[BesideKind::Triggers],
            Self::Aedat2 => &aedat2::HOLDS,
            Self::Aedat3 => &aedat3::HOLDS,
            #[cfg(feature = "std")]
            Self::Aedat4 => &aedat4::HOLDS,
            #[cfg(not(feature = "std"))]
            Self::Aedat4 => &[],
            Self::Es => &[BesideKind::Exposures, BesideKind::Colors],
            Self::Bin40 | Self::Aedat1 | Self::Dat | Self::Csv | Self::Rpg => &[],
        }
    }

    /// How many inputs its writers can tell apart in triggers.
    pub const fn trigger_inputs(self) -> u8 {
        match self {
            Self::Evt2 | Self::Evt21 => evt2::INPUTS.0 + 1,
            Self::Evt3 => evt3::INPUTS.0 + 1,
            Self::Aedat3 | Self::Aedat4 => 1,
            Self::Bin40
            | Self::Aedat1
            | Self::Aedat2
            | Self::Dat
            | Self::Es
            | Self::Csv
            | Self::Rpg => 0,
        }
    }

    /// Where its `y` counts from.
    pub const fn origin(self) -> Origin {
        match self {
            Self::Aedat1 | Self::Aedat2 | Self::Es => Origin::LowerLeft,
            Self::Bin40
            | Self::Evt2
            | Self::Evt3
            | Self::Aedat3
            | Self::Aedat4
            | Self::Evt21
            | Self::Dat
            | Self::Csv
            | Self::Rpg => Origin::UpperLeft,
        }
    }
}

fn check_size(format: &'static str, size: SensorSize, largest: SensorSize) -> Result<(), Error> {
    let fits = size.width <= largest.width && size.height <= largest.height;
    if fits && size.is_addressable() {
        Ok(())
    } else {
        Err(Error::Size {
            format,
            largest,
            size,
        })
    }
}

/// Refuses what stands beside the events where the format called so has no place for it as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules(pub(crate) &'static str);

impl Rules {
    pub(crate) fn require(
        self,
        is_met: bool,
        what: &'static str,
        rule: &'static str,
    ) -> Result<(), Error> {
        let Self(format) = self;
        if is_met {
            Ok(())
        } else {
            Err(Error::Unfit { what, rule, format })
        }
    }
}

fn check_pixel(size: SensorSize, event: Event, index: u64) -> Result<(), Error> {
    let outside = |axis, limit, value| Error::OutOfBounds {
        axis,
        limit,
        value,
        index,
    };
    if event.x as u32 >= size.width {
        return Err(outside("x", size.width, event.x));
    }
    if event.y as u32 >= size.height {
        return Err(outside("y", size.height, event.y));
    }
    Ok(())
}

//! Events to files: a file under its final name is always whole.

mod output;
mod shared;
mod waiting;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{format, process, string::String, vec::Vec};

use self::output::Output;
use self::shared::Buffers;
use self::waiting::Waiting;
use crate::format::aedat4::Compression;
use crate::format::evt21::{self, ByteOrder};
use crate::format::{AnyEncoder, Format, aedat2::Chip, aedat4, es};
use crate::header::{self, Field};
use crate::team::Alone;
use crate::{BesideKind, Columns, Encode, Error, Kept, SensorSize, Team, Trigger};

/// What goes into the header beside format and size.
///
/// ```
/// use spikelet_events::{WriteOptions, format::aedat4::Compression};
///
/// let options = WriteOptions { compression: Compression::Lz4, ..WriteOptions::default() };
/// assert!(options.header.is_empty(), "nothing beside what the format needs");
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// The chip of an AEDAT 2 recording; by its size where none is given.
    pub chip: Option<String>,
    /// Lines for the header, as [`header::print`] takes them.
    pub header: Vec<Field>,
    /// How packets of AEDAT 4 are compressed.
    pub compression: Compression,
    /// The order of the halves of EVT 2.1 words.
    pub byte_order: ByteOrder,
    /// What will stand beside the events: an Event Stream becomes one of its kind, AEDAT 4 lists its streams.
    pub beside: Vec<BesideKind>,
}

/// What was written.
///
/// ```no_run
/// use spikelet_events::{SensorSize, WriteOptions, Writer, format::Format};
///
/// let size = SensorSize { width: 34, height: 34 };
/// let writer = Writer::create("none.bin".as_ref(), Format::Bin40, size, &WriteOptions::default())?;
/// assert_eq!(writer.close()?.events, 0);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Length of the file.
    pub bytes: u64,
    /// Microseconds lost to the period of the format's time counter: reading gives `t - time_offset`.
    pub time_offset: i64,
}

/// Encodes events into a file beside its final name, which it takes when it is closed.
///
/// Dropped without [`close`](Self::close), it removes what it wrote.
///
/// ```
/// use spikelet_events::{Columns, SensorSize, WriteOptions, Writer, format::Format};
///
/// # let folder = std::env::temp_dir().join(format!("spikelet-writer-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("one.bin");
/// let size = SensorSize { width: 34, height: 34 };
/// let mut writer = Writer::create(&path, Format::Bin40, size, &WriteOptions::default())?;
/// writer.write(Columns::new(&[654], &[7], &[15], &[true])?)?;
/// assert!(!path.exists());
/// assert_eq!(writer.close()?.bytes, 5);
/// assert_eq!(std::fs::read(&path)?, [7, 15, 0x80, 0x02, 0x8e]);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    /// None once renamed or removed.
    temporary: Option<PathBuf>,
    target: PathBuf,
    output: Output,
    format: Format,
    encoder: AnyEncoder,
    waiting: Waiting,
    buffers: Buffers,
}

impl Writer {
    /// Starts a recording and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`], also where a device or a pipe is; [`Error::Size`], [`Error::NoChip`], [`Error::ChipUnknown`]: the
    /// format has no place for such a sensor; [`Error::NoCompression`]; those of [`header::print`].
    pub fn create(
        path: &Path,
        format: Format,
        size: SensorSize,
        options: &WriteOptions,
    ) -> Result<Self, Error> {
        let path = &place_of(path)?;
        let chip = options.chip.as_deref().map(named_chip).transpose()?;
        let chip = chip.or_else(|| Chip::of_size(size));
        let mut encoder = encoder_of(format, size, (chip, options))?;
        let header = match encoder {
            AnyEncoder::Aedat4(aedat4) if options.header.is_empty() => {
                encoder = AnyEncoder::Aedat4(aedat4.with_compression(options.compression));
                aedat4::header_of(size, options.compression, &options.beside)?
            }
            _ if options.compression != Compression::None => {
                let format = format.name();
                return Err(Error::NoCompression { format });
            }
            _ => {
                let fields = with_date(format, &options.header);
                header::print_in(options.byte_order, format, (size, chip), &fields)?.into_bytes()
            }
        };
        let (temporary, file) = create_beside(path)?;
        let mut writer = Self {
            temporary: Some(temporary),
            target: path.into(),
            output: Output::new(file),
            format,
            encoder,
            waiting: Waiting::default(),
            buffers: Buffers::default(),
        };
        writer.output.put(&header)?;
        let encoder = &mut writer.encoder;
        writer.output.take(|sink| {
            encoder.start(sink);
            Ok(())
        })?;
        Ok(writer)
    }

    /// Appends events.
    ///
    /// # Errors
    /// [`Error::Io`]; the first event that the format cannot hold. The events before it were written.
    /// [`Error::Unfit`]: what waits beside them does not fit.
    pub fn write(&mut self, events: Columns<'_>) -> Result<(), Error> {
        self.write_with(events, &Alone)
    }

    /// [`write`](Self::write) by the threads of `team`; the bytes do not depend on how many they are.
    ///
    /// What stands beside the events is written by one, with the events around it.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    ///
    /// ```
    /// use spikelet_events::{Columns, SensorSize, Team, WriteOptions, Writer, format::Format};
    /// # struct OneByOne;
    /// # impl Team for OneByOne {
    /// #     fn size(&self) -> usize { 2 }
    /// #     fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
    /// #         tasks.iter_mut().for_each(work);
    /// #     }
    /// # }
    ///
    /// # let folder = std::env::temp_dir().join(format!("spikelet-team-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let path = folder.join("one.csv");
    /// let size = SensorSize { width: 34, height: 34 };
    /// let mut writer = Writer::create(&path, Format::Csv, size, &WriteOptions::default())?;
    /// writer.write_with(Columns::new(&[654], &[7], &[15], &[true])?, &OneByOne)?;
    /// writer.close()?;
    /// assert_eq!(std::fs::read(&path)?, b"7,15,1,654\n");
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn write_with(&mut self, events: Columns<'_>, team: &impl Team) -> Result<(), Error> {
        self.put(events, false, team)
    }

    fn put(&mut self, events: Columns<'_>, is_end: bool, team: &impl Team) -> Result<(), Error> {
        let (encoder, output) = (&mut self.encoder, &mut self.output);
        let (format, held) = (self.format.name(), self.format.holds());
        self.waiting.check(format)?;
        self.waiting.hand_out(events, is_end, |beside| {
            beside.refuse_all_but(held, format)?;
            if is_end || !beside.is_empty() {
                return output.take(|sink| encoder.push_with(events, beside, sink));
            }
            shared::share(events, (encoder, output, &mut self.buffers), team)
        })
    }

    /// Triggers that wait for their place: whoever adds one adds it to the recording.
    ///
    /// They must be in order, and not behind events that were written before, or the format must be able to step
    /// back in time.
    ///
    /// ```
    /// use spikelet_events::{Columns, ReadOptions, Reader, OwnedColumns, SensorSize, Trigger, WriteOptions, Writer};
    /// use spikelet_events::format::Format;
    ///
    /// # let folder = std::env::temp_dir().join(format!("spikelet-triggers-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let path = folder.join("one.raw");
    /// let size = SensorSize { width: 34, height: 34 };
    /// let mut writer = Writer::create(&path, Format::Evt3, size, &WriteOptions::default())?;
    /// writer.triggers_mut().push(Trigger { t: 700, id: 2, p: true });
    /// writer.write(Columns::new(&[654], &[7], &[15], &[true])?)?;
    /// writer.close()?;
    /// let mut reader = Reader::open(&path, &ReadOptions::default())?;
    /// reader.read(&mut OwnedColumns::zeroed(10).all_mut())?;
    /// assert_eq!(reader.triggers(), [Trigger { t: 700, id: 2, p: true }]);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn triggers_mut(&mut self) -> &mut Vec<Trigger> {
        &mut self.waiting.triggers
    }

    /// What else waits for its place, of the kinds that [`WriteOptions::beside`] announced.
    pub fn beside_mut(&mut self) -> &mut Kept {
        &mut self.waiting.kept
    }

    /// Ends the recording and gives the file its final name.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Unfit`] where something waits that finds no place; nothing stands under the
    /// final name then that did not before.
    pub fn close(mut self) -> Result<Written, Error> {
        self.put(Columns::new(&[], &[], &[], &[])?, true, &Alone)?;
        self.output.flush()?;
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)?;
        }
        self.temporary = None;
        let (events, time_offset) = (self.encoder.events(), self.encoder.time_offset());
        Ok(Written {
            events,
            bytes: self.output.bytes,
            time_offset,
        })
    }
}

fn encoder_of(
    format: Format,
    size: SensorSize,
    (chip, options): (Option<Chip>, &WriteOptions),
) -> Result<AnyEncoder, Error> {
    let has = |kind| options.beside.contains(&kind);
    Ok(match format {
        Format::Evt21 => AnyEncoder::Evt21(evt21::Encoder::new(size, options.byte_order)?),
        _ if options.byte_order != ByteOrder::Little => {
            return Err(Error::Unfit {
                what: "byte_order",
                rule: "be little",
                format: format.name(),
            });
        }
        Format::Es if has(BesideKind::Colors) => AnyEncoder::Es(es::Encoder::color(size)?),
        Format::Es if has(BesideKind::Exposures) => AnyEncoder::Es(es::Encoder::atis(size)?),
        _ => AnyEncoder::new(format, size, chip)?,
    })
}

/// The fields, with the date where the format has a place for it and they have none.
fn with_date(format: Format, fields: &[Field]) -> Vec<Field> {
    let (key, value) = match format {
        Format::Evt2 | Format::Evt21 | Format::Evt3 => ("date", utc_now()),
        Format::Dat => ("Date", utc_now()),
        Format::Aedat3 => ("Start-Time", utc_now() + " (TZ+0000)"),
        _ => return fields.to_vec(),
    };
    let is_dated = fields.iter().any(|field| field.key == key);
    let date = (!is_dated).then(|| Field {
        key: key.into(),
        value,
    });
    date.into_iter().chain(fields.iter().cloned()).collect()
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // A drop cannot report: a file that will not go stays under its temporary name.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn named_chip(name: &str) -> Result<Chip, Error> {
    Chip::named(name).ok_or_else(|| Error::ChipUnknown {
        known: Chip::KNOWN,
        name: name.into(),
    })
}

/// Where the new file goes: to the file behind links, if there is one, and never in the place of a device or a pipe,
/// which would be gone.
fn place_of(path: &Path) -> Result<PathBuf, Error> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => Ok(fs::canonicalize(path)?),
        Ok(there) if !there.is_dir() => {
            let path = path.display();
            let refusal = "the target must be a file, got a device or a pipe; write to a file";
            Err(io::Error::other(format!("{path}: {refusal}")).into())
        }
        _ => Ok(path.into()),
    }
}

/// A new file in the folder of `path`, so that renaming it is one step.
fn create_beside(path: &Path) -> Result<(PathBuf, File), Error> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if path.is_dir() {
        // The system's own error for it, in its own words.
        OpenOptions::new().write(true).open(path)?;
    }
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", process::id()));
        let temporary = path.with_file_name(hidden);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
        {
            // Left behind by a killed process of the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return Ok((temporary, result?)),
        }
    }
}

/// `YYYY-MM-DD HH:MM:SS`.
fn utc_now() -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    utc(since.as_secs())
}

/// Days to a date of the Gregorian calendar, counted in years that begin in March.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (year + era * 400, month + 3)
    } else {
        (year + era * 400 + 1, month - 9)
    };
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}",
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn seconds_become_the_date_that_calendars_give() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(utc(1_601_020_111), "2020-09-25 07:48:31");
    }
}

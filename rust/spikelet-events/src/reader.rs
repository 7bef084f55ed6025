//! Files to events, with bounded memory.

mod apart;
mod blame;
mod forward;
mod front;
mod input;
mod lanes;
mod layout;
mod open;
mod options;
mod piece;
mod shared;
mod start;
mod turn;

use std::{fs::File, io::Read, path::Path, string::String, vec::Vec};

use self::apart::Apart;
pub use self::blame::Blame;
use self::blame::locate;
use self::forward::Forward;
use self::input::Input;
use self::lanes::Lanes;
pub use self::options::{ReadOptions, RecognisedBy};
use self::start::Start;
use crate::columns::OwnedColumns;
use crate::format::{AnyDecoder, Format};
use crate::header::Header;
use crate::recognise::RECOGNISE_BYTES;
use crate::{Audit, ColumnsMut, Counts, Error, Origin, SensorSize, Trigger, recognise};

/// Bytes read from the file at a time.
const READ_BYTES: usize = 1 << 18;
const TRIGGERS: usize = 64;
/// Most events that one unit of any format holds.
const UNIT_EVENTS: usize = 32;

/// Decodes a file, or anything that can be read, piece by piece.
///
/// ```
/// use spikelet_events::{OwnedColumns, Reader, ReadOptions, SensorSize};
///
/// let raw: &[u8] = b"% evt 3.0\n% geometry 1280x720\n% end\n\x01\x80\x10\x60\x64\x00\x05\x28";
/// let mut reader = Reader::new(raw, None, &ReadOptions::default())?;
/// assert_eq!(reader.sensor_size(), Some(SensorSize { width: 1280, height: 720 }));
/// let mut events = OwnedColumns::zeroed(100);
/// let mut out = events.all_mut();
/// reader.read(&mut out)?;
/// assert_eq!(out.filled().iter().next().map(|e| (e.t, e.x, e.y, e.p)), Some((4112, 5, 100, true)));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    /// The source once more, where several threads can read it.
    apart: Option<Apart>,
    /// Who reads ahead, where somebody does.
    forward: Option<Forward>,
    input: Input,
    decoder: AnyDecoder,
    /// Events of a unit that found too few places, and the first not yet handed out.
    spill: OwnedColumns,
    spill_start: usize,
    /// Pieces decoded by several threads.
    lanes: Lanes,
    /// Pieces to be decoded by one before several try again.
    patience: usize,
    triggers: Vec<Trigger>,
    audit: Audit,
    blame: Blame,
    is_finished: bool,
    format: Format,
    recognised_by: RecognisedBy,
    sensor_size: Option<SensorSize>,
    header: Header,
    notes: Vec<String>,
    missing_bytes: u64,
    length: Option<u64>,
    /// Where the source ended.
    end: Option<u64>,
}

impl Reader<File> {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Error::Io`]; those of [`Reader::new`].
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self, Error> {
        let source = File::open(path)?;
        let metadata = source.metadata()?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        // A pipe has no length to go by.
        let length = metadata.is_file().then_some(metadata.len());
        // A short file is read at once, for there each call of the system counts.
        let first = length.filter(|&length| length <= READ_BYTES as u64);
        let first = first.map_or(RECOGNISE_BYTES, |length| length as usize);
        let mut reader = Self::begin(source, first.max(RECOGNISE_BYTES), (extension, options))?;
        reader.length = length;
        let is_long = reader
            .length
            .is_some_and(|length| length > READ_BYTES as u64);
        if is_long && reader.is_shareable() {
            reader.apart = Apart::of(&reader.source);
        }
        Ok(reader)
    }

    /// From now on another thread reads the file while [`read`](Self::read) decodes what it has read, a megabyte
    /// ahead of it at most; a short file, a pipe, and one without a thread to be had are read as before.
    ///
    /// ```
    /// use spikelet_events::{OwnedColumns, ReadOptions, Reader};
    ///
    /// let path = std::env::temp_dir().join("spikelet-read-ahead.raw");
    /// std::fs::write(&path, b"% evt 3.0\n% geometry 1280x720\n% end\n\x01\x80\x10\x60\x64\x00\x05\x28")?;
    /// let mut reader = Reader::open(&path, &ReadOptions::default())?;
    /// reader.read_ahead();
    /// assert_eq!(reader.read(&mut OwnedColumns::zeroed(100).all_mut())?, 1);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn read_ahead(&mut self) {
        let Input {
            start, end, offset, ..
        } = self.input;
        let read = offset + (end - start) as u64;
        if self.length.is_some_and(|length| length > READ_BYTES as u64) && self.end.is_none() {
            self.forward = Forward::start(&self.source, read);
        }
    }
}

impl<R: Read> Reader<R> {
    /// Recognises the format and reads the header; `extension` is that of the file name, without the dot.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Unreadable`], [`Error::Unknown`], [`Error::Mismatch`]: the content is not of the
    /// format asked for, or of none that is read; the header errors; [`Error::ChipMissing`] and
    /// [`Error::ChipUnknown`] for AEDAT 2; [`Error::RecordType`] for DAT; [`Error::Size`]: a given size has no pixel;
    /// [`Error::NoStreams`] and [`Error::StreamUnknown`]: there is no such stream.
    pub fn new(source: R, extension: Option<&str>, options: &ReadOptions) -> Result<Self, Error> {
        Self::begin(source, RECOGNISE_BYTES, (extension, options))
    }

    /// [`new`](Self::new) with so many bytes read first, or all there are.
    fn begin(
        mut source: R,
        first: usize,
        (extension, options): (Option<&str>, &ReadOptions),
    ) -> Result<Self, Error> {
        let start = open::read_first(&mut source, first)?;
        let (marks, _) = start.split_at(start.len().min(RECOGNISE_BYTES));
        let content = recognise(marks);
        let beginning = layout::Beginning::of(content, marks, extension, options)?;
        let (header, mut bytes, start) = if let Some(found) = beginning {
            (found.header, start, Some(found.start))
        } else {
            let (header, bytes) = open::read_header(&mut source, content, start)?;
            (header, bytes, None)
        };
        let (format, recognised_by) = open::choose(content, &header, extension, options.format)?;
        let chip = open::find_chip(format, &header, options.chip.as_deref())?;
        open::check_stream(format, options.stream)?;
        let start = match start {
            Some(start) => start,
            None => Start::of((format, chip), &header, &mut bytes, &mut source)?,
        };
        let (decoder, stream_size) = open::select(start.decoder, &header, options)?;
        let size =
            open::find_size(format, &header, start.size, options.sensor_size)?.or(stream_size);
        let first = header.bytes + start.skipped;
        let input = Input {
            start: first,
            end: bytes.len(),
            offset: first as u64,
            bytes,
        };
        Ok(Self {
            source,
            apart: None,
            forward: None,
            input,
            decoder,
            spill: OwnedColumns::default(),
            spill_start: 0,
            lanes: Lanes::default(),
            patience: 0,
            triggers: Vec::new(),
            audit: Audit::new(size),
            blame: Blame::default(),
            is_finished: false,
            format,
            recognised_by,
            sensor_size: size,
            header,
            notes: start.notes,
            missing_bytes: start.missing_bytes,
            length: None,
            end: None,
        })
    }

    /// Decodes until `out` is full or the file ends; returns the number of events filled in, 0 at the end.
    ///
    /// What stands beside the events goes to the [`Beside`](crate::Beside) of `out`; without one it is only counted.
    ///
    /// # Errors
    /// [`Error::Io`]. Events decoded before it stand in `out`.
    pub fn read(&mut self, out: &mut ColumnsMut<'_>) -> Result<usize, Error> {
        let before = out.len();
        while out.free() > 0 {
            self.take_spill(out);
            self.lanes.hand_out(out);
            if out.free() == 0 || !self.decode_some(out)? {
                break;
            }
        }
        Ok(out.len() - before)
    }

    /// Decodes some more bytes into the free places, of which there is one; false at the end of the file.
    fn decode_some(&mut self, out: &mut ColumnsMut<'_>) -> Result<bool, Error> {
        if !self.fill_input()? {
            return Ok(false);
        }
        self.patience = self.patience.saturating_sub(1);
        if out.free() >= self.decoder.max_events_per_unit() {
            self.decode(out, self.decoder.push_bytes());
        } else {
            self.decode_to_spill(out);
        }
        Ok(true)
    }

    /// Hands out what was spilled before.
    fn take_spill(&mut self, out: &mut ColumnsMut<'_>) {
        let waiting = self.spill.all().split_at(self.spill_start).1;
        let taken = waiting.iter().take_while(|&event| out.push(event)).count();
        self.spill_start += taken;
    }

    /// Decodes one unit to the side, when it might not fit into the places left.
    fn decode_to_spill(&mut self, out: &mut ColumnsMut<'_>) {
        let mut spill = core::mem::take(&mut self.spill);
        spill.clone_from(&OwnedColumns::zeroed(UNIT_EVENTS));
        let mut unit = spill.all_mut();
        unit.beside = out.beside();
        self.decode(&mut unit, self.decoder.unit_bytes());
        let filled = unit.len();
        spill.truncate(filled);
        (self.spill, self.spill_start) = (spill, 0);
    }

    /// Decodes at most `limit` of the waiting bytes into the free places and audits the events.
    fn decode(&mut self, out: &mut ColumnsMut<'_>, limit: usize) {
        let Input {
            bytes,
            start,
            end,
            offset,
        } = &mut self.input;
        let piece = bytes
            .get(*start..(*start + limit).min(*end))
            .unwrap_or_default();
        let is_untroubled =
            self.blame.out_of_bounds_byte.is_none() || self.blame.backward_byte.is_none();
        let before = is_untroubled.then(|| self.decoder.scout()).flatten();

        let mut beside = out.beside.take();
        let places = out.places();
        let mut triggers = [Trigger::default(); TRIGGERS];
        let Ok(fresh) = ColumnsMut::new(places.t, places.x, places.y, places.p) else {
            return;
        };
        let mut fresh = fresh.with_triggers(&mut triggers);
        fresh.beside = match &mut beside {
            Some(beside) => Some(&mut **beside),
            None => None,
        };
        let used = self.decoder.push(piece, &mut fresh);
        self.triggers.extend_from_slice(fresh.triggers());
        self.audit.add(fresh.filled());
        let filled = fresh.len();
        out.advance(filled);
        out.beside = beside;

        let first = self.header.bytes as u64;
        let place = |index| match &before {
            Some(before) => locate(before.clone(), piece, *offset, index),
            None => Some(first + self.decoder.packet_of(index)?),
        };
        if is_untroubled {
            self.blame.find(&self.audit, place);
        }
        *start += used;
        *offset += used as u64;
    }
}

impl<R> Reader<R> {
    /// The format of the file.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How the format was found out.
    pub fn recognised_by(&self) -> RecognisedBy {
        self.recognised_by
    }

    /// The size given, else that of the header, else that of the chip.
    pub fn sensor_size(&self) -> Option<SensorSize> {
        self.sensor_size
    }

    /// Where `y` counts from.
    pub fn origin(&self) -> Origin {
        self.format.origin()
    }

    /// The header; empty where the format has none.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What had to be concluded because the file does not say it, in words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Bytes that the header announces and the file does not hold.
    pub fn missing_bytes(&self) -> u64 {
        self.missing_bytes
    }

    /// What the decoder saw so far; the tail is known once [`read`](Self::read) has returned 0.
    pub fn counts(&self) -> &Counts {
        self.decoder.counts()
    }

    /// What is wrong with the events decoded so far.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Where in the file the first event of each kind of trouble stands.
    pub fn blame(&self) -> Blame {
        let first = self.counts().first_bad_byte;
        Blame {
            bad_packet_byte: first.map(|byte| byte + self.header.bytes as u64),
            ..self.blame
        }
    }

    /// The external triggers decoded so far.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Bytes decoded so far, header included.
    pub fn bytes_read(&self) -> u64 {
        self.end
            .map_or(self.input.offset, |end| self.input.offset.min(end))
    }

    /// Words or records that the file still holds, if its length is known.
    pub fn units_left(&self) -> Option<u64> {
        let left = self.length?.saturating_sub(self.input.offset);
        Some(left.div_ceil(self.decoder.unit_bytes() as u64))
    }

    /// About as many events as the file still holds, if its length is known; seldom fewer.
    pub fn events_left(&self) -> Option<u64> {
        // A guess: a unit that may hold many events holds a quarter of them.
        let events = self.decoder.max_events_per_unit().div_ceil(4) as u64;
        Some(self.units_left()?.saturating_mul(events))
    }
}

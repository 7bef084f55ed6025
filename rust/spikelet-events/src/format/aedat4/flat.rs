//! Reading `FlatBuffers` by hand: every offset is checked before it is followed.

/// The bytes of one buffer; offsets count from its first byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flat<'a>(pub(super) &'a [u8]);

impl<'a> Flat<'a> {
    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// The place that the offset at `at` points to.
    fn follow(self, at: usize) -> Option<usize> {
        let to = at.checked_add(self.u32(at)? as usize)?;
        (to < self.0.len()).then_some(to)
    }

    /// The four letters that name the kind of buffer.
    pub(super) fn identifier(self) -> Option<[u8; 4]> {
        self.array(4)
    }

    pub(super) fn root(self) -> Option<Table<'a>> {
        self.table(0)
    }

    /// The table that the offset at `at` points to.
    pub(super) fn table(self, at: usize) -> Option<Table<'a>> {
        let at = self.follow(at)?;
        let back = i32::from_le_bytes(self.array(at)?);
        let slots = usize::try_from(at as i64 - back as i64).ok()?;
        let slots_bytes = self.u16(slots)? as usize;
        // Both sizes in front of the slots belong to it.
        self.0.get(slots..slots.checked_add(slots_bytes)?)?;
        Some(Table {
            flat: self,
            at,
            slots,
            slots_bytes,
        })
    }

    /// The elements of `bytes` bytes each of the vector that the offset at `at` points to: where they begin, how many.
    pub(super) fn vector(self, at: usize, bytes: usize) -> Option<(usize, usize)> {
        let (start, number) = self.announced(at)?;
        let end = start.checked_add(number.checked_mul(bytes)?)?;
        (end <= self.0.len()).then_some((start, number))
    }

    /// The same of a vector that need not be here as a whole.
    fn announced(self, at: usize) -> Option<(usize, usize)> {
        let at = self.follow(at)?;
        Some((at.checked_add(4)?, self.u32(at)? as usize))
    }
}

/// A table: fields that may each be left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    flat: Flat<'a>,
    at: usize,
    slots: usize,
    slots_bytes: usize,
}

impl<'a> Table<'a> {
    /// Where field `index` stands, none where it is left out.
    pub(super) fn field(self, index: usize) -> Option<usize> {
        let slot = 4 + 2 * index;
        if slot + 2 > self.slots_bytes {
            return None;
        }
        let offset = self.flat.u16(self.slots.checked_add(slot)?)?;
        (offset > 0).then(|| self.at.checked_add(offset as usize))?
    }

    /// The bytes of field `index`: zeros where it is left out, none where they lie outside.
    fn bytes<const N: usize>(self, index: usize) -> Option<[u8; N]> {
        match self.field(index) {
            Some(at) => self.flat.array(at),
            None => Some([0; N]),
        }
    }

    pub(super) fn u8(self, index: usize) -> Option<u8> {
        self.bytes(index).map(u8::from_le_bytes)
    }

    pub(super) fn i16(self, index: usize) -> Option<i16> {
        self.bytes(index).map(i16::from_le_bytes)
    }

    pub(super) fn i32(self, index: usize) -> Option<i32> {
        self.bytes(index).map(i32::from_le_bytes)
    }

    pub(super) fn i64(self, index: usize) -> Option<i64> {
        self.bytes(index).map(i64::from_le_bytes)
    }

    pub(super) fn f32(self, index: usize) -> Option<f32> {
        self.bytes(index).map(f32::from_le_bytes)
    }

    /// A vector as [`Flat::vector`] gives it, empty where it is left out.
    pub(super) fn vector(self, index: usize, bytes: usize) -> Option<(usize, usize)> {
        match self.field(index) {
            Some(at) => self.flat.vector(at, bytes),
            None => Some((0, 0)),
        }
    }

    /// How many elements a vector has that need not be here as a whole.
    pub(super) fn announced(self, index: usize) -> Option<usize> {
        match self.field(index) {
            Some(at) => self.flat.announced(at).map(|(_, number)| number),
            None => Some(0),
        }
    }

    /// The bytes of a vector of bytes or a string.
    pub(super) fn text(self, index: usize) -> Option<&'a [u8]> {
        let (start, number) = self.vector(index, 1)?;
        self.flat.0.get(start..start + number)
    }
}

#[cfg(test)]
mod tests {
    use super::Flat;

    #[test]
    fn offsets_that_leave_the_buffer_or_overflow_are_not_followed() {
        for offset in [u32::MAX, u32::MAX - 3, 0x8000_0000, 9, 8] {
            let mut bytes = [0; 8];
            bytes[..4].copy_from_slice(&offset.to_le_bytes());
            assert!(Flat(&bytes).root().is_none(), "{offset:#x}");
            assert!(Flat(&bytes).vector(0, 16).is_none(), "{offset:#x}");
        }
    }

    #[test]
    fn tables_whose_slots_leave_the_buffer_are_refused() {
        // The table stands at 4; its slots at 4 minus each of these.
        for back in [i32::MIN, i32::MAX, -5, 5, -4] {
            let mut bytes = [0xff; 8];
            bytes[..4].copy_from_slice(&4u32.to_le_bytes());
            bytes[4..].copy_from_slice(&back.to_le_bytes());
            assert!(Flat(&bytes).root().is_none(), "{back}");
        }
    }

    #[test]
    fn vectors_longer_than_the_buffer_are_refused() {
        for number in [2u32, 0x1000_0000, u32::MAX] {
            let bytes = [4u32, number, 0, 0].map(u32::to_le_bytes).concat();
            assert!(Flat(&bytes).vector(0, 16).is_none(), "{number}");
        }
        let bytes = [4u32, 1, 0, 0, 0, 0].map(u32::to_le_bytes).concat();
        assert_eq!(Flat(&bytes).vector(0, 16), Some((8, 1)));
    }
}

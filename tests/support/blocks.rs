//! Makes JPEGs of flat blocks, with any sampling, any order of scans and any restart interval (ITU-T T.81).
//! Available encoders write few of these variants, and the content of every block is known without decoding.
#![allow(clippy::expect_used, reason = "a fixture that cannot be made is a broken test")]

/// The side of a cell in pixels, which is a whole number of units for every sampling from 1 to 4.
pub const CELL: usize = 96;

/// A JPEG to be made, with cells of one colour each.
#[derive(Debug, Clone)]
pub struct Blocks {
    across: usize,
    cells: Vec<Vec<u8>>,
    sampling: Vec<(u8, u8)>,
    scans: Vec<Vec<usize>>,
    restart: u16,
    frame: u8,
    precision: u8,
    ids: Vec<u8>,
    segments: Vec<(u8, Vec<u8>)>,
}

impl Blocks {
    /// Starts a JPEG whose cells have these samples, `across` cells in each row. Each component is sampled
    /// once, and all are in one scan.
    ///
    /// # Panics
    /// Panics if there is no cell, or if a cell has more than 255 components.
    pub fn of(across: usize, cells: Vec<Vec<u8>>) -> Self {
        let count = cells[0].len();
        Self {
            across,
            cells,
            sampling: vec![(1, 1); count],
            scans: vec![(0..count).collect()],
            restart: 0,
            frame: 0xc0,
            precision: 8,
            ids: (1..=u8::try_from(count).expect("few components")).collect(),
            segments: Vec::new(),
        }
    }

    /// Sets how often each component is sampled, across and down.
    #[must_use]
    pub fn sampling(mut self, sampling: &[(u8, u8)]) -> Self {
        self.sampling = sampling.to_vec();
        self
    }

    /// Sets the components of each scan.
    #[must_use]
    pub fn scans(mut self, scans: &[&[usize]]) -> Self {
        self.scans = scans.iter().map(|scan| scan.to_vec()).collect();
        self
    }

    /// Adds a restart marker after every `interval` units.
    #[must_use]
    pub fn restart(mut self, interval: u16) -> Self {
        self.restart = interval;
        self
    }

    /// Sets the marker of the frame, 0xc0 to 0xcf, and the bits of its samples. The encoded data matches the
    /// marker only for 0xc0, 0xc1 and 0xc2.
    #[must_use]
    pub fn frame(mut self, marker: u8, precision: u8) -> Self {
        (self.frame, self.precision) = (marker, precision);
        self
    }

    /// Sets the ids of the components.
    #[must_use]
    pub fn ids(mut self, ids: &[u8]) -> Self {
        self.ids = ids.to_vec();
        self
    }

    /// Adds an application segment, 0xe0 to 0xef.
    #[must_use]
    pub fn segment(mut self, marker: u8, data: &[u8]) -> Self {
        self.segments.push((marker, data.to_vec()));
        self
    }

    /// Adds the segment in which Adobe's programs state the meaning of the components.
    #[must_use]
    pub fn adobe(self, transform: u8) -> Self {
        self.segment(0xee, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat())
    }

    /// Returns width and height in pixels. Both are a little less than whole cells.
    pub fn size(&self) -> (usize, usize) {
        (self.across * CELL - 5, self.cells.len() / self.across * CELL - 3)
    }

    /// Returns the encoded picture.
    ///
    /// # Panics
    /// Panics if a side does not fit into 16 bits.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8];
        for (marker, data) in &self.segments {
            push(&mut bytes, *marker, data);
        }
        // The direct coefficient is eight times a sample.
        push(&mut bytes, 0xdb, &[&[0][..], &[8; 64]].concat());
        let (width, height) = self.size();
        let side = |side: usize| u16::try_from(side).expect("a small picture").to_be_bytes();
        let mut frame = [&[self.precision][..], &side(height), &side(width)].concat();
        frame.push(u8::try_from(self.ids.len()).expect("few components"));
        for (id, (across, down)) in self.ids.iter().zip(&self.sampling) {
            frame.extend([*id, across << 4 | down, 0]);
        }
        push(&mut bytes, self.frame, &frame);
        // Sizes 0 to 8 have codes of four bits; the end of a block has a code of one bit.
        push(&mut bytes, 0xc4, &[&[0, 0, 0, 0, 9][..], &[0; 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8]].concat());
        push(&mut bytes, 0xc4, &[&[0x10, 1][..], &[0; 15], &[0]].concat());
        if self.restart > 0 {
            push(&mut bytes, 0xdd, &self.restart.to_be_bytes());
        }
        for scan in &self.scans {
            if self.frame == 0xc2 {
                self.push_scan(&mut bytes, scan, (0, 0));
                for component in scan {
                    self.push_scan(&mut bytes, &[*component], (1, 63));
                }
            } else {
                self.push_scan(&mut bytes, scan, (0, 63));
            }
        }
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    fn push_scan(&self, bytes: &mut Vec<u8>, scan: &[usize], (first, last): (u8, u8)) {
        let mut header = vec![u8::try_from(scan.len()).expect("few components")];
        header.extend(scan.iter().flat_map(|component| [self.ids[*component], 0]));
        header.extend([first, last, 0]);
        push(bytes, 0xda, &header);
        let (width, height) = self.size();
        let most =
            |of: fn(&(u8, u8)) -> u8| usize::from(self.sampling.iter().map(of).max().expect("components"));
        let (across, down) = (most(|one| one.0), most(|one| one.1));
        let alone = scan.len() == 1;
        let factors = |component: usize| {
            let (across, down) = self.sampling[component];
            (usize::from(across), usize::from(down))
        };
        let (columns, rows) = if alone {
            let own = factors(scan[0]);
            ((width * own.0).div_ceil(8 * across), (height * own.1).div_ceil(8 * down))
        } else {
            (width.div_ceil(8 * across), height.div_ceil(8 * down))
        };
        let mut bits = Bits::default();
        let mut last_values = [0_i32; 5];
        for unit in 0..columns * rows {
            if self.restart > 0 && unit > 0 && unit % usize::from(self.restart) == 0 {
                let number = unit / usize::from(self.restart) - 1;
                bits.finish(bytes);
                bytes.extend([0xff, 0xd0 + u8::try_from(number % 8).expect("below eight")]);
                last_values = [0; 5];
            }
            for component in scan {
                let own = factors(*component);
                let here = if alone { (1, 1) } else { own };
                for block in 0..here.0 * here.1 {
                    let x = unit % columns * here.0 + block % here.0;
                    let y = unit / columns * here.1 + block / here.0;
                    if first == 0 {
                        let value = self.sample(*component, (x * 8 * across / own.0, y * 8 * down / own.1));
                        let value = i32::from(value) - 128;
                        bits.push_value(value - last_values[*component], bytes);
                        last_values[*component] = value;
                    }
                    if last > 0 {
                        bits.push(0, 1, bytes);
                    }
                }
            }
        }
        bits.finish(bytes);
    }

    fn sample(&self, component: usize, (x, y): (usize, usize)) -> u8 {
        let rows = self.cells.len() / self.across;
        let (column, row) = ((x / CELL).min(self.across - 1), (y / CELL).min(rows - 1));
        self.cells[row * self.across + column][component]
    }
}

fn push(bytes: &mut Vec<u8>, marker: u8, data: &[u8]) {
    bytes.extend([0xff, marker]);
    bytes.extend(u16::try_from(data.len() + 2).expect("a short segment").to_be_bytes());
    bytes.extend(data);
}

/// Bits in the form that scans use, with a zero after each byte of ones.
#[derive(Default)]
struct Bits {
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32, bytes: &mut Vec<u8>) {
        for at in (0..count).rev() {
            self.held = self.held << 1 | (bits >> at & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = u8::try_from(self.held).expect("eight bits");
                bytes.push(byte);
                if byte == 0xff {
                    bytes.push(0);
                }
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// Writes a size in four bits, then the value in that many bits, less one if it is negative (T.81,
    /// F.1.2.1).
    fn push_value(&mut self, value: i32, bytes: &mut Vec<u8>) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.push(size, 4, bytes);
        let bits = if value < 0 { value - 1 } else { value };
        self.push(u32::from_ne_bytes(bits.to_ne_bytes()), size, bytes);
    }

    fn finish(&mut self, bytes: &mut Vec<u8>) {
        while self.count > 0 {
            self.push(1, 1, bytes);
        }
    }
}

//! The format of a recipe: a byte of flags (1 SHA-256, 2 an index of version 1, 4 compress rather than store, 8 no room
//! for delta bases; the upper four choose options of `fuzz_pack`), then pieces to its end, one for each entry:
//!
//! | bytes | meaning |
//! |---|---|
//! | 1 | low three bits: commit, tree, blob, tag, offset delta, id delta, composed offset delta, composed id delta; then flags: 8 a lying size, 16 not in the index, 32 a damaged stream, 64 the id of the entry before |
//! | 1 | for a delta, its base: how many entries back, less one (offset), or the number of the entry, also a later one (id) |
//! | 1 | with flag 8: what is added to the declared size |
//! | 2 | with flag 32: which byte of the compressed data to change, and how |
//! | 2 | size of the data, least significant byte first |
//! | … | the data: an object, a delta, or instructions to compose a delta of that fits its base |

/// Pieces of a recipe; more are left out.
pub const MOST: usize = 64;

/// Flags of a piece's tag.
pub const LIE: u8 = 8;
pub const UNNAMED: u8 = 16;
pub const DAMAGE: u8 = 32;
pub const SAME_ID: u8 = 64;

/// A parsed recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub flags: u8,
    pub pieces: Vec<Piece>,
}

/// What one entry is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    pub tag: u8,
    pub base: u8,
    pub lie: u8,
    pub damage: [u8; 2],
    pub data: Vec<u8>,
}

impl Piece {
    /// The low three bits.
    pub fn shape(&self) -> u8 {
        self.tag & 7
    }

    /// Whether it is built on something.
    pub fn is_delta(&self) -> bool {
        self.shape() >= 4
    }

    /// Whether its base is named by id.
    pub fn by_id(&self) -> bool {
        self.shape() & 1 != 0
    }

    /// Whether the delta is composed.
    pub fn is_composed(&self) -> bool {
        self.shape() >= 6
    }
}

/// Takes bytes off an input.
pub struct Reader<'r>(pub &'r [u8]);

impl Reader<'_> {
    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// As many bytes as there still are, at most.
    pub fn bytes(&mut self, most: usize) -> &[u8] {
        let (bytes, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    /// Two bytes, the less significant first.
    pub fn number(&mut self) -> Option<usize> {
        Some(usize::from(u16::from_le_bytes([
            self.byte()?,
            self.byte()?,
        ])))
    }
}

impl Recipe {
    /// Reads a recipe; what is cut short ends it.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let flags = reader.byte()?;
        let mut pieces = Vec::new();
        while pieces.len() < MOST
            && let Some(piece) = piece(&mut reader)
        {
            pieces.push(piece);
        }
        Some(Self { flags, pieces })
    }

    /// Writes what [`Recipe::parse`] reads.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = vec![self.flags];
        for piece in &self.pieces {
            bytes.push(piece.tag);
            if piece.is_delta() {
                bytes.push(piece.base);
            }
            if piece.tag & LIE != 0 {
                bytes.push(piece.lie);
            }
            if piece.tag & DAMAGE != 0 {
                bytes.extend_from_slice(&piece.damage);
            }
            let len = piece.data.len().min(usize::from(u16::MAX));
            bytes.extend_from_slice(&(len as u16).to_le_bytes());
            bytes.extend_from_slice(&piece.data[..len]);
        }
        bytes
    }
}

fn piece(reader: &mut Reader<'_>) -> Option<Piece> {
    let mut piece = Piece {
        tag: reader.byte()?,
        ..Piece::default()
    };
    if piece.is_delta() {
        piece.base = reader.byte()?;
    }
    if piece.tag & LIE != 0 {
        piece.lie = reader.byte()?;
    }
    if piece.tag & DAMAGE != 0 {
        piece.damage = [reader.byte()?, reader.byte()?];
    }
    let len = reader.number()?;
    piece.data = reader.bytes(len).to_vec();
    Some(piece)
}

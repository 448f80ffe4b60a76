//! Tar archives as streams: ustar (POSIX.1-1988), pax (POSIX.1-2001), GNU and the oldest ones.
//!
//! A header that does not hold is a fault; the reader then looks for the next one that does, as tar programs do.

use std::io::{self, Read};

use super::fault::Fault;

/// Headers and contents are padded to this.
pub(super) const BLOCK: usize = 512;
/// Bytes of a long name or of extended headers; more than any system takes for a path.
const METADATA: u64 = 1 << 20;

/// One header.
type Block = [u8; BLOCK];

/// What the archive holds next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A file, whose content is read next.
    File(Vec<u8>),
    /// A symbolic link. Where it leads to is no content.
    Symlink,
    /// Something is wrong; what comes next may be read all the same.
    Fault(Fault),
    /// The end of the archive.
    End,
}

/// Reads an archive in order.
pub(super) struct Reader<'r> {
    input: &'r mut dyn Read,
    /// Bytes of the content that were not read yet, and of the padding behind it.
    content: u64,
    padding: u64,
    /// Whether the end mark was read: then only zeros or another archive may follow.
    marked: bool,
    /// Whether the last header was a bad one, so that its neighbours are not news.
    lost: bool,
    ended: bool,
}

/// What precedes a header and speaks of it.
#[derive(Debug, Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    /// The content starts with a map of the holes (GNU sparse format 1.0).
    map_in_content: bool,
}

/// Whether a content begins with a header: only its checksum tells, since the oldest archives have no magic.
pub(super) fn is_header(head: &[u8]) -> bool {
    head.first_chunk::<BLOCK>()
        .is_some_and(|block| block[0] != 0 && is_valid(block))
}

/// The sum of all bytes with the checksum itself as spaces; some old programs took the bytes as signed ones.
fn is_valid(block: &Block) -> bool {
    let Some(stored) = number(&block[148..156]) else {
        return false;
    };
    let bytes = || (0..).zip(block).filter(|(at, _)| !(148..156).contains(at));
    let spaces = 8 * u64::from(b' ');
    let unsigned: u64 = bytes().map(|(_, &byte)| u64::from(byte)).sum();
    let signed: i64 = bytes()
        .map(|(_, &byte)| i64::from(byte.cast_signed()))
        .sum();
    stored == unsigned + spaces || i64::try_from(stored) == Ok(signed + spaces.cast_signed())
}

/// A number: octal digits between spaces or NULs, or, with the first bit set, the rest of the field as big endian.
fn number(field: &[u8]) -> Option<u64> {
    if let [first @ 0x80..=0xBF, rest @ ..] = field {
        let high = u64::from(first & 0x3F);
        return rest.iter().try_fold(high, |number, &byte| {
            number.checked_mul(256)?.checked_add(u64::from(byte))
        });
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte))?;
    let digits = &field[start..];
    let end = digits.iter().position(is_blank).unwrap_or(digits.len());
    digits[..end].iter().try_fold(0_u64, |number, &digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

/// A text that ends at its first NUL or with the field.
fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

impl<'r> Reader<'r> {
    pub(super) fn new(input: &'r mut dyn Read) -> Self {
        Self {
            input,
            content: 0,
            padding: 0,
            marked: false,
            lost: false,
            ended: false,
        }
    }

    /// What comes next; passes what was not read of the content before.
    pub(super) fn next(&mut self) -> Item {
        if self.ended {
            return Item::End;
        }
        match self.next_item() {
            Ok(item) => item,
            Err(error) => {
                self.ended = true;
                Item::Fault(Fault::of_file(&error))
            }
        }
    }

    fn next_item(&mut self) -> io::Result<Item> {
        self.pass_content()?;
        let mut extended = Extended::default();
        loop {
            let Some(block) = self.block()? else {
                self.ended = true;
                return Ok(if self.marked || self.lost {
                    Item::End
                } else {
                    Item::Fault(Fault::damaged("tar: ends without its end mark"))
                });
            };
            if block == [0; BLOCK] {
                self.marked = true;
                continue;
            }
            if !is_valid(&block) {
                if std::mem::replace(&mut self.lost, true) {
                    continue;
                }
                return Ok(Item::Fault(Fault::damaged("tar: a header is damaged")));
            }
            (self.lost, self.marked) = (false, false);
            if let Some(item) = self.header(&block, &mut extended)? {
                return Ok(item);
            }
        }
    }

    /// What a header says; nothing if it speaks of the next one or of nothing that is read.
    fn header(&mut self, block: &Block, extended: &mut Extended) -> io::Result<Option<Item>> {
        let kind = block[156];
        let Some(size) = number(&block[124..136]).or((block[124..136] == [0; 12]).then_some(0))
        else {
            return Ok(Some(Item::Fault(Fault::damaged(
                "tar: a size is no number",
            ))));
        };
        match kind {
            b'x' | b'X' | b'L' => {
                let Some(data) = self.metadata(size)? else {
                    return Ok(Some(Item::Fault(Fault::damaged("tar: a name is too long"))));
                };
                if kind == b'L' {
                    extended.name = Some(text(&data).to_vec());
                } else if !extended.read(&data) {
                    return Ok(Some(Item::Fault(Fault::damaged(
                        "tar: an extended header is damaged",
                    ))));
                }
                return Ok(None);
            }
            // Extended headers for all files, and the long name that a link leads to.
            b'g' | b'K' => {
                self.expect(size);
                self.pass_content()?;
                return Ok(None);
            }
            _ => {}
        }
        let extended = std::mem::take(extended);
        match kind {
            b'2' => return Ok(Some(Item::Symlink)),
            // Hard links, devices, folders and pipes have no content, whatever size they give.
            b'1' | b'3'..=b'6' => return Ok(None),
            _ => {}
        }
        let name = extended.name.unwrap_or_else(|| header_name(block));
        // The oldest archives know folders by their name only.
        if matches!(kind, 0 | b'0') && name.ends_with(b"/") && size == 0 {
            return Ok(None);
        }
        if kind == b'S' {
            self.pass_sparse_headers(block)?;
        }
        self.expect(extended.size.unwrap_or(size));
        if extended.map_in_content && !self.pass_sparse_map()? {
            return Ok(Some(Item::Fault(Fault::damaged(
                "tar: the map of a sparse file is damaged",
            ))));
        }
        Ok(Some(Item::File(name)))
    }

    fn expect(&mut self, size: u64) {
        self.content = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// A block; `None` at the end of the stream.
    fn block(&mut self) -> io::Result<Option<Block>> {
        let mut block = [0; BLOCK];
        let held = super::fill(self.input, &mut block)?;
        match held {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            // Padding may be cut, and what is no archive any more ends anywhere.
            _ if self.lost || (self.marked && block == [0; BLOCK]) => Ok(None),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn pass_content(&mut self) -> io::Result<()> {
        let left = self.content.saturating_add(self.padding);
        (self.content, self.padding) = (0, 0);
        let passed = io::copy(&mut self.input.take(left), &mut io::sink())?;
        if passed < left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// The content of a header that speaks of the next one; `None` if it is too much.
    fn metadata(&mut self, size: u64) -> io::Result<Option<Vec<u8>>> {
        self.expect(size);
        if size > METADATA {
            return Ok(None);
        }
        let mut data = Vec::new();
        self.read_to_end(&mut data)?;
        self.pass_content()?;
        Ok(Some(data))
    }

    /// In GNU's old sparse format more headers may list the parts of the file that are no holes.
    fn pass_sparse_headers(&mut self, header: &Block) -> io::Result<()> {
        let mut more = header[482] != 0;
        while more {
            let block = self.block()?.ok_or(io::ErrorKind::UnexpectedEof)?;
            more = block[504] != 0;
        }
        Ok(())
    }

    /// In sparse format 1.0 the list stands in front of the content: how many pairs, then the pairs, a number a line,
    /// padded to whole blocks. `false` if it does not hold.
    fn pass_sparse_map(&mut self) -> io::Result<bool> {
        let mut lines_left = None;
        let mut line = Vec::new();
        loop {
            let mut block = [0; BLOCK];
            if super::fill(self, &mut block)? < BLOCK {
                return Ok(false);
            }
            for &byte in &block {
                match (byte, &mut lines_left) {
                    (b'\n', None) => {
                        let count = number_in_decimal(&line);
                        let Some(count) = count.and_then(|count| count.checked_mul(2)) else {
                            return Ok(false);
                        };
                        lines_left = Some(count);
                    }
                    (b'\n', Some(left)) => *left -= 1,
                    (_, None) if line.len() < 20 => line.push(byte),
                    (_, None) => return Ok(false),
                    (_, Some(_)) => {}
                }
                if lines_left == Some(0) {
                    return Ok(true);
                }
            }
        }
    }
}

impl Reader<'_> {
    /// Bytes of the content that were not read yet.
    pub(super) fn content_size(&self) -> u64 {
        self.content
    }
}

/// The content of the file that [`Reader::next`] gave.
impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.take(self.content).read(buffer)?;
        self.content -= count as u64;
        Ok(count)
    }
}

/// The name in a header; the standard has a second field for the folders above.
fn header_name(block: &Block) -> Vec<u8> {
    let name = text(&block[..100]);
    let prefix = if &block[257..263] == b"ustar\0" {
        text(&block[345..500])
    } else {
        b""
    };
    if prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

impl Extended {
    /// Reads records `LENGTH KEY=VALUE\n`. `false` if they do not hold.
    fn read(&mut self, mut data: &[u8]) -> bool {
        let mut sparse_name = None;
        while !data.is_empty() {
            let Some((key, value, rest)) = record(data) else {
                return false;
            };
            data = rest;
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"GNU.sparse.name" => sparse_name = Some(value.to_vec()),
                b"GNU.sparse.major" => self.map_in_content = value == b"1",
                b"size" => match number_in_decimal(value) {
                    Some(size) => self.size = Some(size),
                    None => return false,
                },
                _ => {}
            }
        }
        if sparse_name.is_some() {
            self.name = sparse_name;
        }
        true
    }
}

/// Key, value and rest of the first record.
fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', data)?;
    let length = usize::try_from(number_in_decimal(data.get(..space)?)?).ok()?;
    let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    Some((
        &record[..equals],
        &record[equals + 1..],
        data.get(length..)?,
    ))
}

fn number_in_decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

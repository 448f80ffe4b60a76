//! Where in the structure of a text something stands: its section, and the smallest block around it.
//!
//! Knows of section headers, braces, empty lines, list items and indentation, which is what INI files, JSON, YAML and
//! code have in common. Reads a bounded piece of text before a place, so that it costs little and a stream says the same.

/// How far before a place its frame is looked for: what may be a part of one credential stands nearer together.
pub(in crate::detect) const REACH: usize = 2048;

/// The offsets in the blob at which the section and the block around a place start, as far as they were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::detect) struct Frame {
    section: u64,
    block: u64,
}

/// How two places stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    /// In one block, as far as can be told.
    SameBlock,
    /// A block ends between them; they may belong together if nothing else claims either.
    OtherBlock,
    /// Another section begins between them.
    OtherSection,
}

impl Frame {
    /// The frame of offset `at` of `text`, which starts at `base` of the blob.
    pub(in crate::detect) fn around(text: &[u8], at: usize, base: u64) -> Self {
        let floor = at.saturating_sub(REACH);
        let mut frame = Self::default();
        let mut depth = 0_usize;
        let mut end = at;
        let mut indent = None;
        loop {
            let start =
                memchr::memrchr(b'\n', &text[floor..end]).map_or(floor, |at| floor + at + 1);
            let line = &text[start..end];
            let own = indent.is_none();
            let found = frame.read_line(line, start, base, &mut depth, &mut indent, own);
            if found || start <= floor {
                return frame;
            }
            end = start - 1;
        }
    }

    /// Reads a line backwards; whether the section starts there.
    fn read_line(
        &mut self,
        line: &[u8],
        start: usize,
        base: u64,
        depth: &mut usize,
        indent: &mut Option<usize>,
        own: bool,
    ) -> bool {
        let place = |at: usize| base + (start + at) as u64;
        let mut opened = None;
        for (at, byte) in line.iter().enumerate().rev() {
            match byte {
                b'}' => *depth += 1,
                b'{' if *depth > 0 => *depth -= 1,
                b'{' => opened = opened.or(Some(place(at + 1))),
                _ => {}
            }
        }
        let trimmed = line.trim_ascii();
        let column = line.len() - line.trim_ascii_start().len();
        let item = trimmed.starts_with(b"- ");
        // Of its own line only what stands before the place was read: that opens a block if it is an item's dash.
        let heads = match *indent {
            None => item,
            Some(level) if trimmed.is_empty() => *depth == 0 && level < usize::MAX,
            Some(level) => {
                *depth == 0
                    && ((item && column + 2 <= level)
                        || (trimmed.ends_with(b":") && column < level))
            }
        };
        if opened.is_some() || heads {
            let at = opened.unwrap_or_else(|| place(0));
            self.block = self.block.max(at);
        }
        if own {
            *indent = Some(if item { column + 2 } else { column });
        }
        if !own && is_section(trimmed) {
            self.section = place(0);
            self.block = self.block.max(self.section);
            return true;
        }
        false
    }

    /// How a place in this frame stands to one before it that ends at `end`.
    pub(super) fn apart_from(&self, end: u64) -> Apart {
        if self.section >= end && self.section > 0 {
            Apart::OtherSection
        } else if self.block >= end && self.block > 0 {
            Apart::OtherBlock
        } else {
            Apart::SameBlock
        }
    }
}

/// `[name]`, `[[name]]`, `[name "other"]`.
fn is_section(line: &[u8]) -> bool {
    let Some(inner) = line
        .strip_prefix(b"[")
        .and_then(|line| line.strip_suffix(b"]"))
    else {
        return false;
    };
    let inner = inner.strip_prefix(b"[").unwrap_or(inner);
    inner.first().is_some_and(u8::is_ascii_alphabetic)
        && inner.len() <= 128
        && !inner.contains(&b',')
        && !inner.contains(&b'(')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How `b` stands to `a` in a text that holds each once.
    fn apart(text: &str) -> Apart {
        let a = text.find("AAA").expect("a");
        let b = text.find("BBB").expect("b");
        Frame::around(text.as_bytes(), b, 100).apart_from(100 + a as u64 + 3)
    }

    #[test]
    fn lines_of_one_block_belong_together() {
        for text in [
            "id = AAA\nsecret = BBB\n",
            "[default]\nid = AAA\nregion = x\nsecret = BBB\n",
            "{\n  \"id\": \"AAA\",\n  \"tags\": {\n\n  },\n  \"secret\": \"BBB\"\n}\n",
            "acme:\n  id: AAA\n  secret: BBB\n",
            "- id: AAA\n  secret: BBB\n",
            "new Acme({ id: 'AAA', secret: 'BBB' })",
            "export ID=AAA SECRET=BBB",
        ] {
            assert_eq!(apart(text), Apart::SameBlock, "{text}");
        }
    }

    #[test]
    fn blocks_end_at_empty_lines_braces_items_and_keys() {
        for text in [
            "id = AAA\n\nsecret = BBB\n",
            "[{\"id\": \"AAA\"}, {\"secret\": \"BBB\"}]",
            "- id: AAA\n- secret: BBB\n",
            "a:\n  id: AAA\nb:\n  secret: BBB\n",
            "{\n  \"a\": {\n    \"id\": \"AAA\"\n  },\n  \"b\": {\n    \"secret\": \"BBB\"\n  }\n}\n",
        ] {
            assert_eq!(apart(text), Apart::OtherBlock, "{text}");
        }
    }

    #[test]
    fn sections_part_for_good() {
        for text in [
            "[one]\nid = AAA\n[two]\nsecret = BBB\n",
            "id = AAA\n\n[profile two]\n\nsecret = BBB\n",
            "[[remote]]\nid = \"AAA\"\n[[remote]]\nsecret = \"BBB\"\n",
        ] {
            assert_eq!(apart(text), Apart::OtherSection, "{text}");
        }
        assert_eq!(apart("keys = [\"AAA\"]\n[1, 2]\nBBB"), Apart::SameBlock);
    }
}

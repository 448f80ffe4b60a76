//! Prints tables as Rust source, for `build.rs`.

use super::tables::Tables;
use std::fmt::Write as _;

impl Tables<'_> {
    /// Rust source of `pub static NAME: Tables<'static>`, to be included where [`Tables`] and
    /// [`Entry`](super::Entry) are in scope. The tables then lie in the binary and nothing is made
    /// when the program starts.
    #[must_use]
    pub fn to_rust_source(&self, name: &str) -> String {
        let mut out = format!(
            "pub static {name}: Tables<'static> = Tables::from_parts(&{:?}, b\"{}\", (&{:?}, &{:?}), &[\n",
            self.filter,
            self.second.escape_ascii(),
            self.slots,
            self.slots_of_three,
        );
        for e in self.entries.iter() {
            let _ = writeln!(
                out,
                "Entry::new([{},{},{},{}],{},{},[{},{},{}],{}),",
                e.key, e.mask, e.check, e.fold, e.bytes, e.literal, e.len, e.at, e.check_at, e.last
            );
        }
        let _ = writeln!(out, "], b\"{}\");", self.bytes.escape_ascii());
        out
    }
}

//! Finds what a name is bound to: assignments, keys, options, elements, call arguments, defaults.
//!
//! One hand-written reader for all languages, run where a prefilter word stands. It says which bytes are the name,
//! which the value and what joins them, and judges nothing. It looks at no more than the window it is given, and at
//! most one binding belongs to an anchor.

mod link;
mod name;
mod value;

use std::ops::Range;

pub use link::Link;
pub use name::Kind;
pub use value::Quote;

/// Whether a name is one of a credential.
pub fn speaks_of_credentials(name: &[u8]) -> bool {
    name::kind(name).is_some()
}

/// Values that are shorter are not looked at.
pub const SHORTEST_VALUE: usize = 4;
/// Longer ones are no passwords, and the judge could not see their end.
pub const LONGEST_VALUE: usize = 360;

/// A name and what it is bound to; ranges are offsets in the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name without quotes, dashes or sigils.
    pub name: Range<usize>,
    /// What kind of credential the name speaks of.
    pub kind: Kind,
    /// Whether the name stands in quotes.
    pub quoted_name: bool,
    /// What joins them.
    pub link: Link,
    /// The value without its quotes.
    pub value: Range<usize>,
    /// How the value is quoted.
    pub quote: Quote,
}

impl Binding {
    /// The binding whose name holds the anchor. `window` is all that may be looked at.
    pub fn at(window: &[u8], anchor: Range<usize>) -> Option<Self> {
        let name = name::around(window, anchor.clone())?;
        // Most anchors stand in names that are bound to nothing: that is the cheapest to see.
        let (link, found) = link::follow(window, &name)?;
        let text = &window[name.range.clone()];
        let kind = match name::kind(text) {
            // `login("user", "x")`: the name says only that one of its arguments may be a password.
            None | Some(Kind::Token) if link == Link::Second && name::takes_credentials(text) => {
                Kind::Password
            }
            Some(kind) => kind,
            None => return None,
        };
        let found = if kind == Kind::Token {
            found.without_scheme(window)
        } else {
            found
        };
        // `password: &str`: a type, or an anchor of YAML.
        let bare = found.quote == Quote::None;
        if bare
            && let Some(rest) = window[found.range.clone()].strip_prefix(b"&")
            && rest.iter().all(u8::is_ascii_alphabetic)
        {
            return None;
        }
        let length = found.range.len();
        if !(SHORTEST_VALUE..=LONGEST_VALUE).contains(&length) {
            return None;
        }
        let kind = if name.dashes > 0 && link.is_argument() {
            Kind::Option
        } else {
            kind
        };
        Some(Self {
            name: name.range,
            kind,
            quoted_name: name.quoted,
            link,
            value: found.range,
            quote: found.quote,
        })
    }

    /// The binding whose name holds the anchor, in a text of which only `radius` bytes on both sides of the anchor are
    /// looked at.
    pub fn near(text: &[u8], anchor: &Range<usize>, radius: usize) -> Option<Self> {
        let window = Self::window(text, anchor, radius);
        let inside = anchor.start - window.start..anchor.end - window.start;
        Self::at(&text[window.clone()], inside).map(|binding| binding.shifted(window.start))
    }

    /// From the name to the value.
    pub fn whole(&self) -> Range<usize> {
        self.name.start.min(self.value.start)..self.value.end.max(self.name.end)
    }

    /// What stands between name and value, whichever comes first.
    pub fn between<'w>(&self, window: &'w [u8]) -> &'w [u8] {
        let (first, second) = if self.name.start < self.value.start {
            (&self.name, &self.value)
        } else {
            (&self.value, &self.name)
        };
        window.get(first.end..second.start).unwrap_or_default()
    }

    /// The part of a text that a binding at the anchor, and a verdict on it, may depend on.
    pub fn window(text: &[u8], anchor: &Range<usize>, radius: usize) -> Range<usize> {
        anchor.start.saturating_sub(radius)..anchor.end.saturating_add(radius).min(text.len())
    }

    /// The same binding in the part of the text that starts at `start`.
    #[must_use]
    pub fn within(mut self, start: usize) -> Self {
        self.name = self.name.start - start..self.name.end - start;
        self.value = self.value.start - start..self.value.end - start;
        self
    }

    /// The same binding in a text that the window is a part of, `by` bytes from its start.
    fn shifted(mut self, by: usize) -> Self {
        self.name = self.name.start + by..self.name.end + by;
        self.value = self.value.start + by..self.value.end + by;
        self
    }
}

#[cfg(test)]
mod tests;

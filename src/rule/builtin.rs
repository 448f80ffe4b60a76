//! The built-in rules as static tables, written by `build.rs` from `rules/*.toml`.

#![allow(clippy::pedantic)]

use std::borrow::Cow;

use super::{Boundary, Confidence, Guidance, Provider, Rule, Severity};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

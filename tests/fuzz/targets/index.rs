//! A pack's index.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keyward_fuzz::git::fuzz_index(input));

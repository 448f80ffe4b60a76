//! A pack and its index as they are.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keyward_fuzz::git::fuzz_pack(input));

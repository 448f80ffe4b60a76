//! A multi-pack-index and a pack that it covers.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keyward_fuzz::git::fuzz_multi_pack_index(input));

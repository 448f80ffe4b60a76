//! Values that people choose, in the shape of random ones.
//!
//! The corpus replaces true values by random ones, so a judge trained on it alone would learn that words are never
//! secrets. Twins put words, names and years back into some of them.

/// A small generator of random numbers: the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % limit as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Words that passwords are made of.
const WORDS: &str = "\
    monkey dragon sunshine princess shadow master summer winter spring autumn flower football baseball soccer hockey \
    tiger eagle falcon panther rabbit kitten puppy michael jennifer daniel jessica thomas andrea maria anna peter \
    robert charlie george jordan hunter ranger thunder lightning storm river ocean mountain forest desert island \
    london paris berlin madrid vienna moscow tokyo sydney boston dallas austin denver chicago orange banana cherry \
    coffee cookie chocolate pepper ginger butter silver golden purple yellow black white green diamond crystal \
    guitar piano music dancer singer player winner racing yamaha harley porsche ferrari mustang corvette galaxy \
    planet cosmos rocket pilot sailor captain pirate wizard magic phoenix ninja samurai knight castle bridge tower \
    freedom liberty justice victory forever always lovely angel heaven secret trust friend family mother brother sister \
    horse battery staple correct table window garden kitchen market office laptop server backup office internal \
    acme corp prod live deploy matrix trinity morpheus batman superman starwars pokemon naruto zelda";

/// A value a person could have chosen in the place of a random one; `None` where nobody would choose it.
pub(crate) fn twin(value: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if value.len() > 22 || letters < 4 || value.iter().any(|b| *b >= 0x80) {
        return None;
    }
    if value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
    let mut twin = words[random.below(words.len())].as_bytes().to_vec();
    if letters >= 9 || random.chance(20) {
        if random.chance(40) {
            twin.push([b'-', b'_', b'.'][random.below(3)]);
        }
        twin.extend(words[random.below(words.len())].as_bytes());
    }
    let upper = value.iter().any(u8::is_ascii_uppercase);
    if upper || random.chance(25) {
        twin[0] = twin[0].to_ascii_uppercase();
    }
    if random.chance(20) {
        for byte in &mut twin {
            *byte = match *byte {
                b'o' => b'0',
                b'e' => b'3',
                b'a' => b'@',
                b's' => b'$',
                b'i' => b'1',
                other => other,
            };
        }
    }
    match random.below(10) {
        0..=3 => twin.extend(format!("{}", random.below(100)).bytes()),
        4..=6 => twin.extend(format!("{}", 1970 + random.below(55)).bytes()),
        7..=8 => twin.extend(format!("{}", random.below(10000)).bytes()),
        _ => {}
    }
    if random.chance(25) {
        twin.push([b'!', b'#', b'*', b'?'][random.below(4)]);
    }
    Some(twin)
}

//! Azure's identifiable keys: base64 with a four-character marker and a Marvin32 checksum at the end.
//!
//! Source: <https://github.com/microsoft/security-utilities>, `Marvin*.cs`, `IdentifiableMetadata.cs` and
//! `IdentifiableSecrets.cs`. The seed that fits tells what the key may do.

use data_encoding::BASE64_NOPAD;

use super::azure::{annotated, cask, complete_annotated};
use super::codec::{ascii, base64};
use super::crc32::MISMATCH;
use super::{Certainty, Check, Fact, Outcome};

/// Identifiable keys of all Azure services, and the annotated forms as far as they can be checked.
pub(super) static AZURE_MARVIN: Check = Check {
    name: "azure-marvin",
    certainty: Certainty::High,
    verify,
    near: None,
    complete: Some(complete),
};

const SUM: usize = 4;

/// One form of identifiable key.
struct Family {
    marker: &'static str,
    kind: &'static str,
    shape: Shape,
    /// Names of the seeds, each with the privilege that it stands for.
    seeds: &'static [(&'static [u8; 8], &'static str)],
}

/// Length of the key in bytes, and the marker's place in the text.
#[derive(Clone, Copy)]
struct Shape {
    bytes: usize,
    marker: usize,
}

const LONG: Shape = Shape {
    bytes: 64,
    marker: 76,
};
const SHORT: Shape = Shape {
    bytes: 32,
    marker: 33,
};
const SEARCH: Shape = Shape {
    bytes: 39,
    marker: 42,
};
const FUNCTIONS: Shape = Shape {
    bytes: 40,
    marker: 44,
};

const MESSAGING: &[(&[u8; 8], &str)] = &[
    (b"Send0000", "send"),
    (b"Listen00", "listen"),
    (b"Manage00", "manage"),
];

/// The marker of Redis keys, whose text is changed after the sum is computed.
const REDIS: &str = "AzCa";
/// The marker of Functions keys, which are URL-safe base64.
const FUNCTION: &str = "AzFu";

static FAMILIES: &[Family] = &[
    Family {
        marker: "+ASt",
        kind: "Azure Storage",
        shape: LONG,
        seeds: &[(b"Default0", "full access")],
    },
    Family {
        marker: "ACDb",
        kind: "Azure Cosmos DB",
        shape: LONG,
        seeds: &[(b"MastRW00", "read and write"), (b"MastRO00", "read only")],
    },
    Family {
        marker: "+ABa",
        kind: "Azure Batch",
        shape: LONG,
        seeds: &[(b"AbAcct00", "full access")],
    },
    Family {
        marker: "+AMC",
        kind: "Azure ML (classic)",
        shape: LONG,
        seeds: &[(b"Classic0", "full access")],
    },
    Family {
        marker: "APIM",
        kind: "Azure API Management",
        shape: LONG,
        seeds: &[
            (b"Tenant00", "management"),
            (b"IoTHub00", "subscription"),
            (b"Gatewy00", "gateway"),
            (b"GitKey00", "repository"),
        ],
    },
    Family {
        marker: "+ASb",
        kind: "Azure Service Bus",
        shape: SHORT,
        seeds: MESSAGING,
    },
    Family {
        marker: "+AEh",
        kind: "Azure Event Hubs",
        shape: SHORT,
        seeds: MESSAGING,
    },
    Family {
        marker: "+ARm",
        kind: "Azure Relay",
        shape: SHORT,
        seeds: MESSAGING,
    },
    Family {
        marker: "AIoT",
        kind: "Azure IoT",
        shape: SHORT,
        seeds: &[
            (b"IoTHub00", "IoT hub"),
            (b"DpsKey00", "device provisioning"),
            (b"Device00", "device"),
        ],
    },
    Family {
        marker: REDIS,
        kind: "Azure Cache for Redis",
        shape: SHORT,
        seeds: &[(b"Access00", "full access")],
    },
    Family {
        marker: "AzSe",
        kind: "Azure AI Search",
        shape: SEARCH,
        seeds: &[(b"PAdmin00", "admin"), (b"Query000", "query")],
    },
    Family {
        marker: "+ACR",
        kind: "Azure Container Registry",
        shape: SEARCH,
        seeds: &[(b"ACRDflt0", "full access")],
    },
    Family {
        marker: FUNCTION,
        kind: "Azure Functions",
        shape: FUNCTIONS,
        seeds: &[
            (b"Master00", "master"),
            (b"System00", "system"),
            (b"Functi00", "function"),
        ],
    },
];

/// A seed's number: its eight characters read as a big-endian number.
pub(super) fn seed(name: [u8; 8]) -> u64 {
    u64::from_be_bytes(name)
}

/// Marvin32: a keyed checksum with a 64-bit seed, folded to 32 bits.
pub(super) fn hash32(data: &[u8], seed: u64) -> u32 {
    fn mix((mut low, mut high): (u32, u32), word: u32) -> (u32, u32) {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        (low, high.rotate_left(19))
    }
    let (words, rest) = data.as_chunks::<4>();
    let start = (seed as u32, (seed >> 32) as u32);
    let state = words
        .iter()
        .fold(start, |state, word| mix(state, u32::from_le_bytes(*word)));
    // What is left over is closed by 0x80 and zeros.
    let tail = rest
        .iter()
        .rev()
        .fold(0x80_u32, |tail, &byte| (tail << 8) | u32::from(byte));
    let (low, high) = mix(mix(state, tail), 0);
    low ^ high
}

impl Family {
    /// Length of the text without padding.
    fn characters(&self) -> usize {
        self.shape.bytes.saturating_mul(8).div_ceil(6)
    }

    fn marked(&self, text: &str) -> bool {
        let end = self.shape.marker.saturating_add(self.marker.len());
        text.get(self.shape.marker..end) == Some(self.marker)
    }

    /// The whole key, unpadded, for the data before its checksum.
    fn key(&self, data: &[u8], seed_name: [u8; 8]) -> String {
        let sum = hash32(data, seed(seed_name)).to_le_bytes();
        let text = BASE64_NOPAD.encode(&[data, &sum].concat());
        match self.marker {
            REDIS => text.replace('+', "P").replace('/', "F"),
            FUNCTION => text.replace('+', "-").replace('/', "_"),
            _ => text,
        }
    }
}

fn verify(secret: &[u8]) -> Outcome {
    let Some(whole) = ascii(secret) else {
        return Outcome::Unknown;
    };
    let text = whole.trim_end_matches('=');
    let Some(family) = FAMILIES
        .iter()
        .find(|family| family.characters() == text.len() && family.marked(text))
    else {
        return if text.get(52..56) == Some("JQQJ") {
            annotated(text, None)
        } else {
            cask(text)
        };
    };
    let Some(bytes) = base64(text) else {
        return Outcome::Invalid("not base64");
    };
    let Some((data, _)) = bytes.split_last_chunk::<SUM>() else {
        return Outcome::Unknown;
    };
    if let Some((_, privilege)) = family
        .seeds
        .iter()
        .find(|(name, _)| family.key(data, **name) == text)
    {
        return Outcome::Valid(vec![
            Fact::new("kind", family.kind),
            Fact::new("privilege", *privilege),
        ]);
    }
    // Redis keys have + and / replaced by P and F, so where those stand in the data, the summed bytes are lost.
    let lost = text
        .get(..family.shape.marker)
        .is_some_and(|data| data.contains(['P', 'F']));
    if family.marker == REDIS && lost {
        Outcome::Structure(vec![Fact::new("kind", family.kind)])
    } else {
        Outcome::Invalid(MISMATCH)
    }
}

/// The rest of a key that ends right after its marker, for the family's first seed.
fn complete(head: &str) -> Option<String> {
    if head.len() == 80 && head.get(52..56) == Some("JQQJ") {
        return complete_annotated(head);
    }
    let family = FAMILIES.iter().find(|family| {
        head.len() == family.shape.marker.saturating_add(family.marker.len()) && family.marked(head)
    })?;
    // The bits between the marker and the checksum are zero.
    let missing = family.characters().checked_sub(head.len())?;
    let mut data = base64(&format!("{head}{}", "A".repeat(missing)))?;
    data.truncate(family.shape.bytes.checked_sub(SUM)?);
    let (name, _) = family.seeds.first()?;
    let text = family.key(&data, **name);
    let tail = text.strip_prefix(head)?;
    let padding = family
        .characters()
        .next_multiple_of(4)
        .checked_sub(family.characters())?;
    Some(format!("{tail}{}", "=".repeat(padding)))
}

//! Texts of user interfaces in many languages, from the message catalogues (`.mo`) of installed programs.
//!
//! What a program says about passwords is no password. Each message becomes an entry of a translation file in one of
//! the ways in which such files are written.

use std::path::PathBuf;

use crate::human::Random;

/// Messages that speak of credentials, as translation files.
pub(crate) fn files(folders: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| {
            ignore::WalkBuilder::new(folder)
                .standard_filters(false)
                .build()
        })
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|e| e == "mo"))
        .collect();
    paths.sort();
    let mut random = Random::new(3);
    let mut files = Vec::new();
    for path in paths {
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let entries: Vec<(String, String)> = messages(&bytes)
            .into_iter()
            .filter(|(id, text)| {
                let id = id.to_lowercase();
                text.len() < 160
                    && !text.contains('\n')
                    && ["password", "passphrase", "secret", "token", "credential"]
                        .iter()
                        .any(|w| id.contains(w))
            })
            .collect();
        for part in entries.chunks(8).take(4) {
            files.push((path.display().to_string(), file(part, &mut random)));
        }
    }
    files
}

/// The messages of a catalogue: original and translation.
fn messages(bytes: &[u8]) -> Vec<(String, String)> {
    let number = |at: usize| -> Option<usize> {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(four) as usize)
    };
    let text = |table: usize, index: usize| -> Option<String> {
        let length = number(table + index * 8)?;
        let start = number(table + index * 8 + 4)?;
        let text = bytes.get(start..start + length)?;
        let text = text.split(|b| *b == 0).next()?;
        String::from_utf8(text.to_vec()).ok()
    };
    if number(0) != Some(0x9504_12de) {
        return Vec::new();
    }
    let (Some(count), Some(ids), Some(texts)) = (number(8), number(12), number(16)) else {
        return Vec::new();
    };
    (0..count.min(100_000))
        .filter_map(|index| Some((text(ids, index)?, text(texts, index)?)))
        .collect()
}

fn file(entries: &[(String, String)], random: &mut Random) -> Vec<u8> {
    let style = random.below(6);
    let mut file = String::new();
    for (id, text) in entries {
        let words: Vec<String> = id
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|w| !w.is_empty())
            .take(4)
            .map(str::to_lowercase)
            .collect();
        let mut words = words;
        if random.chance(40) {
            words.insert(
                0,
                ["label", "title", "msg", "error", "hint"][random.below(5)].to_owned(),
            );
        }
        if words.len() > 2 && random.chance(30) {
            words = vec!["password".to_owned()];
        }
        let text = text.replace('"', "'");
        let line = match style {
            0 => format!("  \"{}\": \"{text}\",\n", words.join("_").to_uppercase()),
            1 => format!("{}={text}\n", words.join(".")),
            2 => format!("    <string name=\"{}\">{text}</string>\n", words.join("_")),
            3 => format!("  {}: '{}',\n", camel(&words), text.replace('\'', "\\'")),
            4 => format!("    {}: \"{text}\"\n", words.join("_")),
            _ => format!("  \"{}\": \"{text}\",\n", words.join("-")),
        };
        file.push_str(&line);
    }
    file.into_bytes()
}

fn camel(words: &[String]) -> String {
    let mut name = words[0].clone();
    for word in &words[1..] {
        name.push_str(&word[..1].to_uppercase());
        name.push_str(&word[1..]);
    }
    name
}

//! The format `jsonl`: one JSON object a line, for programs that read as they go.
//!
//! Each finding is a line `{"type":"finding",…}` with the members of a finding in [`json`]. The last line is
//! `{"type":"summary",…}` with the members `schema_version`, `tool`, `scan`, `summary`, `coverage` and `notices`
//! of the same schema: a text without it was cut off. Nothing else is written.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{self, HeadObject, TailObject};
use super::{Report, Style};

/// Writes the lines.
pub fn write(report: &Report<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in json::finding_objects(report) {
        write_line("finding", finding, out)?;
    }
    let last = SummaryObject {
        head: HeadObject::new(report),
        tail: TailObject::new(report),
    };
    write_line("summary", last, out)
}

fn write_line(kind: &'static str, body: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(&Line { kind, body })?;
    writeln!(out, "{}", json::escape_unsafe(&text))
}

#[derive(Serialize)]
struct Line<B> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    body: B,
}

#[derive(Serialize)]
struct SummaryObject<'r> {
    #[serde(flatten)]
    head: HeadObject<'r>,
    #[serde(flatten)]
    tail: TailObject<'r>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::report::fixture::{Fixture, PLAIN, secret};
    use crate::report::time::iso8601;

    #[test]
    fn a_line_per_finding_and_a_summary() {
        let mut fixture = Fixture::with_finding();
        fixture.add_unreadable("locked\u{1b}[2J");
        let written = fixture.written("jsonl", PLAIN);
        let expected =
            concat!(
                r#"{"type":"finding","rule":"acme-api-key","summary":"Acme API key","provider":"acme","#,
                r#""severity":"critical","expired":false,"confidence":"high","fingerprint":"kw1:00112233445566778899aabbccddeeff","#,
                r#""evidence":["the provider's own format","its checksum or structure holds"],"facts":{},"role":"credential","parts":[],"#,
                r#""guidance":{"console":"https://acme.example/keys","documentation":"https://docs.acme.example/keys","#,
                r#""rotate":["Create a second key.","Deploy it."],"revoke":"Delete the key.","last_used":null,"#,
                r#""least_privilege":"A key for one project.","storage":null,"expiry":null,"checked":"2026-11"},"#,
                r#""suppression":null,"exposure":null,"locations":[{"path":"src/app.py","origin":"file","history":null,"#,
                r#""start":{"line":12,"column":10,"column_utf16":10},"end":{"line":12,"column":29,"column_utf16":29},"#,
                r#""bytes":{"start":100,"end":119},"encoding":"utf-8","decoded":[],"excerpt":"token = \"acme_********\"","#,
                r#""suppression":null}]}"#,
                "\n",
                r#"{"type":"summary","schema_version":"1","tool":{"name":"keyward","version":""#,
                env!("CARGO_PKG_VERSION"),
                r#""},"scan":{"source":"working-tree","root":"/project","revision":"0123abcd","branch":"main","#,
                r#""remote":null,"started":"STARTED","ended":"ENDED"},"#,
                r#""summary":{"findings":1,"suppressed":0,"by_severity":{"critical":1,"high":0,"medium":0,"low":0},"#,
                r#""complete":false},"coverage":{"blobs":1234,"bytes":5300000,"commits":0,"tags":0,"#,
                r#""references":0,"skipped":{"unreadable":1},"kept_well":{},"incomplete":[{"subject":"locked\u001b[2J","reason":"unreadable","detail":"permission denied","#,
                r#""help":"give read access, or exclude it in .keyward.toml"}]},"notices":[]}"#,
                "\n",
            )
            .replace("STARTED", &iso8601(fixture.info.started))
            .replace("ENDED", &iso8601(fixture.info.ended));
        assert_eq!(written, expected);
        assert!(!written.contains(&secret()));
        assert_eq!(written, fixture.written("jsonl", PLAIN));
    }

    #[test]
    fn a_line_of_the_history_is_that_of_the_document() {
        let fixture = Fixture::with_history();
        let document: Value = serde_json::from_str(&fixture.written("json", PLAIN)).expect("JSON");
        let written = fixture.written("jsonl", PLAIN);
        let mut lines = written.lines().map(serde_json::from_str::<Value>);
        let mut finding = lines.next().expect("a finding").expect("JSON");
        assert!(finding["exposure"]["pushed"] == true);
        finding.as_object_mut().expect("an object").remove("type");
        assert_eq!(finding, document["findings"][0]);
        let summary = lines.next().expect("a summary").expect("JSON");
        assert_eq!(summary["coverage"], document["coverage"]);
    }

    #[test]
    fn without_findings_the_summary_stands_alone() {
        let written = Fixture::clean().written("jsonl", PLAIN);
        assert_eq!(written.lines().count(), 1);
        assert!(written.starts_with(r#"{"type":"summary","#));
    }
}

//! The words for every way through history, and the advice that follows from it.

use super::*;
use crate::report::fixture::{Fixture, commit, in_history, location};

fn exposure() -> Exposure {
    let fixture = Fixture::with_history();
    fixture.findings[0].exposure.clone().expect("an exposure")
}

/// What is said of it without days.
fn said(change: impl FnOnce(&mut Exposure)) -> String {
    let mut exposure = exposure();
    change(&mut exposure);
    words(&exposure, None)
}

#[test]
fn every_way_through_history_has_words() {
    let now = Fixture::clean().info.started;
    assert_eq!(
        words(&exposure(), Some(now)),
        "in history since 2025-04-10 (266 days), removed in cccccccccc, still reachable from 2 branches and 1 tag, pushed"
    );
    assert_eq!(
        said(|e| {
            e.in_head = Some(true);
            e.removed_in = None;
            e.pushed = Some(false);
        }),
        "in history since 2025-04-10, still in HEAD, reachable from 2 branches and 1 tag, not pushed"
    );
    assert_eq!(
        said(|e| {
            e.removed_in = None;
            e.reach = Reach::Reflog;
            e.pushed = None;
        }),
        "in history since 2025-04-10, reachable from the reflog alone"
    );
    assert_eq!(
        said(|e| {
            e.first_seen = None;
            e.removed_in = None;
            e.in_head = None;
            e.reach = Reach::Dangling;
        }),
        "in history, reachable from nothing, until git collects garbage, pushed"
    );
}

#[test]
fn days_are_counted_for_people() {
    let days = |authored: i64| {
        let mut exposure = exposure();
        let mut first = (*commit('a')).clone();
        first.authored.seconds = authored;
        exposure.first_seen = Some(first.into());
        let text = words(&exposure, Some(Fixture::clean().info.started));
        text.split_once(',').expect("a comma").0.to_owned()
    };
    let started = 1_767_225_600;
    assert_eq!(
        days(started - 1),
        "in history since 2026-01-01 (less than a day)"
    );
    assert_eq!(
        days(started - 86_400),
        "in history since 2025-12-31 (1 day)"
    );
    assert_eq!(
        days(started - 2 * 86_400),
        "in history since 2025-12-30 (2 days)"
    );
    // An author's clock may go wrong.
    assert_eq!(days(started + 1), "in history since 2026-01-01");
    assert!(days(i64::MIN).starts_with("in history since 0000-01-01 ("));
    assert_eq!(days(i64::MAX), "in history since 9999-12-31");
}

#[test]
fn references_are_counted_by_kind() {
    let of = |names: &[&str], count: u64| {
        let mut exposure = exposure();
        exposure.references = names.iter().map(|&name| name.to_owned()).collect();
        exposure.reference_count = count;
        references(&exposure)
    };
    assert_eq!(of(&[], 0), None);
    assert_eq!(of(&["refs/heads/main"], 1).as_deref(), Some("1 branch"));
    assert_eq!(
        of(&["HEAD", "refs/heads/main"], 2).as_deref(),
        Some("1 branch")
    );
    assert_eq!(
        of(&["HEAD", "refs/stash"], 2).as_deref(),
        Some("the stash and HEAD")
    );
    assert_eq!(
        of(&["HEAD", "worktrees/x/HEAD"], 2).as_deref(),
        Some("HEAD of 2 working trees")
    );
    assert_eq!(of(&["refs/stash"], 1).as_deref(), Some("the stash"));
    let names = [
        "refs/custom/x",
        "refs/custom/y",
        "refs/heads/a",
        "refs/notes/commits",
        "refs/remotes/origin/a",
        "refs/remotes/origin/b",
        "refs/stash",
        "refs/tags/t",
    ];
    assert_eq!(
        of(&names, 8).as_deref(),
        Some(
            "1 branch, 2 remote-tracking branches, 1 tag, 1 notes reference, the stash and 2 other references"
        )
    );
    assert_eq!(of(&names, 1234).as_deref(), Some("1,234 references"));
}

/// The advice for the fixture's finding once changed.
fn advised(change: impl FnOnce(&mut Finding)) -> Option<Advice> {
    let mut fixture = Fixture::with_history();
    let finding = &mut fixture.findings[0];
    if let Some(exposure) = &mut finding.exposure {
        exposure.pushed = Some(false);
    }
    change(finding);
    advice(&fixture.report(), &fixture.findings[0])
}

fn taken_out(change: impl FnOnce(&mut Finding, &mut Exposure)) -> String {
    let advice = advised(|finding| {
        let mut exposure = finding.exposure.clone().expect("an exposure");
        change(finding, &mut exposure);
        finding.exposure = Some(exposure);
    });
    match advice {
        Some(Advice::TakeOut(how)) => how,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_may_be_known_to_others_is_rotated_first() {
    for pushed in [None, Some(true)] {
        let advice = advised(|finding| {
            if let Some(exposure) = &mut finding.exposure {
                exposure.pushed = pushed;
                exposure.reach = Reach::Dangling;
            }
        });
        assert_eq!(advice, Some(Advice::Rotate));
    }
    assert_eq!(advised(|finding| finding.exposure = None), None);
}

#[test]
fn what_was_not_pushed_is_taken_out_where_it_stands() {
    let rebase = "take it out of commit aaaaaaaaaa and what follows before you push: git rebase --interactive \
                  aaaaaaaaaa^ (--root for the first commit), for each of 2 branches";
    assert_eq!(taken_out(|_, _| ()), rebase);
    let one = |name: &'static str| {
        move |_: &mut Finding, exposure: &mut Exposure| {
            exposure.references = vec![name.to_owned()];
            exposure.reference_count = 1;
        }
    };
    let how = taken_out(one("refs/heads/main"));
    assert!(how.ends_with("(--root for the first commit)"), "{how}");
    assert!(taken_out(one("refs/stash")).starts_with("drop the stash"));
    assert!(taken_out(one("refs/notes/commits")).contains("git notes"));
    let how = taken_out(|_, exposure| exposure.first_seen = None);
    assert!(
        how.starts_with("take it out of the commits that hold it before you push"),
        "{how}"
    );

    let how = taken_out(|_, exposure| exposure.reach = Reach::Reflog);
    assert!(
        how.contains("git reflog expire --expire-unreachable=now --all"),
        "{how}"
    );
    let how = taken_out(|_, exposure| exposure.reach = Reach::Dangling);
    assert!(how.contains("git gc --prune=now"), "{how}");
    assert!(!how.contains("reflog"), "{how}");
}

#[test]
fn the_last_commit_is_amended() {
    // `d` is HEAD.
    let place = |digit| {
        let place = location("a", 1, "acme_****", 0..9);
        in_history(place, PlaceKind::Blob, Some(commit(digit)))
    };
    let of = |digits: &[char]| {
        let places = digits.iter().map(|&digit| place(digit)).collect();
        taken_out(|finding, exposure| {
            finding.locations = places;
            exposure.first_seen = Some(commit(digits[0]));
        })
    };
    assert!(of(&['d']).ends_with("git commit --amend, for each of 2 branches"));
    assert!(of(&['d', 'd']).contains("git commit --amend"));
    assert!(of(&['c', 'd']).contains("git rebase"));
    assert!(of(&['c']).contains("git rebase"));

    let on_disk = |digit| {
        taken_out(|finding, exposure| {
            finding.locations = vec![location("a", 1, "acme_****", 0..9)];
            exposure.first_seen = Some(commit(digit));
        })
    };
    assert!(on_disk('d').contains("git commit --amend"));
    assert!(on_disk('c').contains("git rebase"));
}

#[test]
fn names_and_tags_are_made_anew() {
    let of = |kind| {
        taken_out(|finding, _| {
            let place = location("refs/heads/acme_****", 1, "acme_****", 0..9);
            finding.locations = vec![in_history(place, kind, None)];
        })
    };
    assert!(of(PlaceKind::Reference).starts_with("rename that reference"));
    assert!(of(PlaceKind::Tag).starts_with("make that tag anew"));
    // Without a place of the history there is nothing to rename.
    let how = taken_out(|finding, _| finding.locations = vec![location("a", 1, "acme_****", 0..9)]);
    assert!(how.contains("git rebase"), "{how}");
}

#[test]
fn ids_are_cut_without_harm() {
    assert_eq!(short("0123456789abcdef"), "0123456789");
    assert_eq!(short("0123"), "0123");
    assert_eq!(short("012345678é"), "012345678é");
}

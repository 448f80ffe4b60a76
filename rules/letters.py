#!/usr/bin/env python3
"""Builds letters.txt and vocabulary.txt, the tables behind `src/detect/judge/words.rs` and `features/vocabulary.rs`.

    letters.py PATH... > letters.txt                    PATH: trees of source text and prose
    letters.py --vocabulary PATH... > vocabulary.txt

Counts which letter follows which two others in the words people write, in code and in prose, and writes how
surprising each continuation is, in half bits, as one digit in base 36. A row per pair of letters, a column per next
letter; the first column (and the first row letter) is the edge of a word. Words are taken once per file and must
stand in three files, so that keys and digests in the text do not count; a word's weight is the root of its count.

The vocabulary is the words that most files hold, one line for each length from 3 letters on, sorted, without
separators.
"""
import collections
import math
import os
import re
import sys

WORD = re.compile(rb"[A-Z]?[a-z]{2,}|[A-Z]{3,}(?![a-z])")


def words(roots):
    files = collections.Counter()
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path) or os.path.getsize(path) > 2_000_000:
                    continue
                with open(path, "rb") as file:
                    text = file.read()
                if b"\0" not in text[:4096]:
                    files.update({word.lower() for word in WORD.findall(text)})
    return {word.decode(): count**0.5 for word, count in files.items() if count >= 3 and len(word) <= 20}


# Of words with 3, 4, ... letters so many are kept: short ones are too easily part of a random value.
KEPT = [220, 900, 1300, 1500, 1500, 1400, 1100, 800, 500, 350, 200, 120]


def vocabulary(roots):
    weights = words(roots)
    for length, kept in enumerate(KEPT, 3):
        of_length = [word for word in weights if len(word) == length]
        of_length.sort(key=lambda word: (-weights[word], word))
        print("".join(sorted(of_length[:kept])))


def main():
    if sys.argv[1] == "--vocabulary":
        vocabulary(sys.argv[2:])
        return
    counts = [[[0.0] * 27 for _ in range(27)] for _ in range(27)]
    pairs = [[0.05] * 27 for _ in range(27)]
    for word, weight in words(sys.argv[1:]).items():
        a = b = 0
        for c in [ord(letter) - 96 for letter in word] + [0]:
            counts[a][b][c] += weight
            pairs[b][c] += weight
            a, b = b, c
    for a in range(27):
        for b in range(27):
            total, single = sum(counts[a][b]), sum(pairs[b])
            row = ""
            for c in range(27):
                share = (counts[a][b][c] + 20 * pairs[b][c] / single) / (total + 20)
                row += "0123456789abcdefghijklmnopqrstuvwxyz"[min(35, round(-2 * math.log2(share)))]
            print(row)


if __name__ == "__main__":
    main()

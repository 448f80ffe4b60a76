//! Sets of small numbers, equal ones stored once, with all that they share stored once too.
//!
//! A set is a tree: words of 64 numbers at the bottom, nodes of sixteen children above, all of one height. Sets that differ in
//! a few numbers share the rest, and what is shared is skipped when two are joined or compared.

use super::intern::Interner;

/// Children of a node.
const FAN: usize = 16;

/// Joined pairs remembered: a power of two.
const REMEMBERED: usize = 1 << 14;

/// A set: two are equal when their numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Set(pub(super) u32);

impl Set {
    /// The set without members.
    pub(super) const EMPTY: Self = Self(0);
}

/// All sets. Members are less than the number given at the start.
#[derive(Debug)]
pub(super) struct Sets {
    /// A word is stored as its place and its bits, a node as its level and place and then its children, two in a number:
    /// so each stands for the same members wherever it is met.
    nodes: Interner,
    /// Levels of nodes above the words.
    height: u32,
    remembered: Vec<(u32, u32, u32)>,
}

impl Sets {
    /// Sets of numbers below `members`.
    pub(super) fn new(members: u32) -> Self {
        let mut height = 0;
        while 64_u64 << (4 * height) < u64::from(members) {
            height += 1;
        }
        Self {
            nodes: Interner::new(),
            height,
            remembered: vec![(0, 0, 0); REMEMBERED],
        }
    }

    /// The set of these members, which are sorted.
    pub(super) fn of_sorted(&mut self, members: &[u32]) -> Set {
        Set(self.build(members, self.height))
    }

    /// What is in either.
    pub(super) fn union(&mut self, left: Set, right: Set) -> Set {
        Set(self.join(left.0, right.0, self.height))
    }

    /// Whether a set holds a number.
    pub(super) fn contains(&self, set: Set, member: u32) -> bool {
        let mut at = set.0;
        for level in (1..=self.height).rev() {
            if at == 0 {
                return false;
            }
            at = child(self.nodes.get(at), slot(member, level));
        }
        match *self.nodes.get(at) {
            [place, word] => place == u64::from(member / 64) && word >> (member % 64) & 1 != 0,
            _ => false,
        }
    }

    /// Calls `each` with what is in `left` and not in `right`, in order.
    pub(super) fn difference(&self, left: Set, right: Set, each: &mut impl FnMut(u32)) {
        self.differ(left.0, right.0, self.height, each);
    }

    /// Gives each member the largest of the values of the sets that hold it. `values` is by the number of the set, zero
    /// for no value; what a value meets on the way down is overwritten.
    pub(super) fn spread_largest(&self, values: &mut [u32], members: usize) -> Vec<u32> {
        let mut largest = vec![0; members];
        // Children are always stored before the nodes above them.
        for number in (1..=self.nodes.len()).rev() {
            let value = values.get(number as usize).copied().unwrap_or(0);
            if value == 0 {
                continue;
            }
            match self.nodes.get(number) {
                &[place, word] => {
                    for_each_bit(place, word, &mut |member| {
                        if let Some(known) = largest.get_mut(member as usize) {
                            *known = value.max(*known);
                        }
                    });
                }
                node => {
                    for slot in 0..FAN {
                        let below = child(node, slot) as usize;
                        if below != 0
                            && let Some(known) = values.get_mut(below)
                        {
                            *known = value.max(*known);
                        }
                    }
                }
            }
        }
        largest
    }

    /// How many sets and parts of sets there are: their numbers are at most this.
    pub(super) fn len(&self) -> usize {
        self.nodes.len() as usize
    }

    fn build(&mut self, members: &[u32], level: u32) -> u32 {
        let Some(&first) = members.first() else {
            return 0;
        };
        if level == 0 {
            let word = members
                .iter()
                .fold(0, |word, member| word | 1_u64 << (member % 64));
            return self.nodes.intern(&[u64::from(first / 64), word]);
        }
        let mut children = [0; FAN];
        let mut rest = members;
        while let Some(&first) = rest.first() {
            let slot = slot(first, level);
            let end = rest.partition_point(|&member| self::slot(member, level) <= slot);
            let (own, others) = rest.split_at(end.max(1));
            children[slot] = self.build(own, level - 1);
            rest = others;
        }
        self.node(place(first, level), &children)
    }

    fn join(&mut self, left: u32, right: u32, level: u32) -> u32 {
        if left == right || right == 0 {
            return left;
        }
        if left == 0 {
            return right;
        }
        let (left, right) = (left.min(right), left.max(right));
        let mixed = (u64::from(left) << 32 | u64::from(right)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let row = (mixed >> 40) as usize % REMEMBERED;
        if self.remembered[row].0 == left && self.remembered[row].1 == right {
            return self.remembered[row].2;
        }
        let joined = if level == 0 {
            match (self.nodes.get(left), self.nodes.get(right)) {
                (&[place, one], &[_, other]) => self.nodes.intern(&[place, one | other]),
                _ => left,
            }
        } else {
            let mut children = [0; FAN];
            for (slot, joined) in children.iter_mut().enumerate() {
                let one = child(self.nodes.get(left), slot);
                let other = child(self.nodes.get(right), slot);
                *joined = self.join(one, other, level - 1);
            }
            let place = self.nodes.get(left).first().copied().unwrap_or(0);
            self.node(place, &children)
        };
        self.remembered[row] = (left, right, joined);
        joined
    }

    fn differ(&self, left: u32, right: u32, level: u32, each: &mut impl FnMut(u32)) {
        if left == right || left == 0 {
            return;
        }
        let (one, other) = (self.nodes.get(left), self.nodes.get(right));
        if level == 0 {
            if let &[place, word] = one {
                let without = other.get(1).copied().unwrap_or(0);
                for_each_bit(place, word & !without, each);
            }
            return;
        }
        for slot in 0..FAN {
            self.differ(child(one, slot), child(other, slot), level - 1, each);
        }
    }

    fn node(&mut self, place: u64, children: &[u32; FAN]) -> u32 {
        let mut node = [0; 1 + FAN / 2];
        node[0] = place;
        for (pair, two) in node[1..].iter_mut().zip(children.chunks_exact(2)) {
            *pair = u64::from(two[0]) << 32 | u64::from(two[1]);
        }
        self.nodes.intern(&node)
    }
}

/// Level and place of the node above a member.
fn place(member: u32, level: u32) -> u64 {
    u64::from(level) << 32 | u64::from(member) >> (6 + 4 * level)
}

/// Which child of its node on a level leads to a member.
#[inline]
fn slot(member: u32, level: u32) -> usize {
    (u64::from(member) >> (2 + 4 * level)) as usize % FAN
}

/// A child of a stored node; 0 where it has none.
#[inline]
fn child(node: &[u64], slot: usize) -> u32 {
    let pair = node.get(1 + slot / 2).copied().unwrap_or(0);
    if slot.is_multiple_of(2) {
        (pair >> 32) as u32
    } else {
        pair as u32
    }
}

/// The members of a word.
fn for_each_bit(place: u64, word: u64, each: &mut impl FnMut(u32)) {
    let mut rest = word;
    while rest != 0 {
        each((place as u32).wrapping_mul(64) + rest.trailing_zeros());
        rest &= rest - 1;
    }
}

//! Hash of a collection without regard to order: the sum, modulo 2^128, of its members' hashes.
//!
//! A sum and not an exclusive or, because it is a *multi*set: under exclusive or a member that is there twice cancels itself, so that a file
//! with two lines doubled by mistake would hash as if it had neither. With a sum each occurrence counts, members come in any order
//! from any number of parallel scans, and a replaced member is taken out again by subtraction.

use std::fmt;

/// Count and hash of the members so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Multiset {
    count: u64,
    sum: u128,
}

impl Multiset {
    pub fn add(&mut self, member: u128) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(member);
    }

    pub fn count(&self) -> u64 {
        self.count
    }
}

/// The hash as 32 hexadecimal digits.
impl fmt::Display for Multiset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.sum)
    }
}

impl FromIterator<u128> for Multiset {
    fn from_iter<I: IntoIterator<Item = u128>>(members: I) -> Self {
        let mut all = Self::default();
        members.into_iter().for_each(|member| all.add(member));
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_does_not_cancel_itself() {
        let of = |members: &[u128]| members.iter().copied().collect::<Multiset>();
        assert_ne!(of(&[7, 7, 9, 9]), of(&[]));
        assert_ne!(of(&[7, 7, 9]), of(&[7, 9, 9]));
        assert_ne!(of(&[7, 7]).to_string(), of(&[9, 9]).to_string());
        assert_eq!(of(&[u128::MAX, 2]).to_string(), format!("{:032x}", 1));
    }

    proptest! {
        /// Against sorted vectors, over few enough members that collections repeat.
        #[test]
        fn equal_exactly_when_the_members_are(mut left in vec(0_usize..4, 0..6), mut right in vec(0_usize..4, 0..6)) {
            let hash = |members: &[usize]| {
                members.iter().map(|member| xxhash_rust::xxh3::xxh3_128(&member.to_le_bytes())).collect::<Multiset>()
            };
            let (hash_left, hash_right) = (hash(&left), hash(&right));
            left.sort_unstable();
            right.sort_unstable();
            prop_assert_eq!(hash_left == hash_right, left == right);
        }
    }
}

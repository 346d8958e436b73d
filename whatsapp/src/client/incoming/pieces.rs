//! In which order pieces of the history are handed on: they are numbered, newest
//! messages first, and those that are fetched at the same time overtake each other.

use std::collections::HashSet;

/// A kind of piece, and the number of one of them.
pub type Place = (i32, Option<u32>);

/// Pieces that came before those which they follow.
pub struct Pieces<T> {
    taken: HashSet<(i32, u32)>,
    early: Vec<(Place, T)>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self {
            taken: HashSet::new(),
            early: Vec::new(),
        }
    }
}

impl<T> Pieces<T> {
    /// What may be handed on now that a piece is here: it, and those that waited for it.
    pub fn take(&mut self, place: Place, piece: T) -> Vec<T> {
        self.early.push((place, piece));
        let mut ready = Vec::new();
        while let Some(at) = self.early.iter().position(|(it, _)| self.may_follow(*it)) {
            ready.push(self.hand_on(at));
        }
        ready
    }

    /// Whether some wait for others.
    pub fn wait(&self) -> bool {
        !self.early.is_empty()
    }

    /// Those that waited for what does not come.
    pub fn rest(&mut self) -> Vec<T> {
        self.early.sort_by_key(|((_, number), _)| *number);
        (0..self.early.len()).map(|_| self.hand_on(0)).collect()
    }

    fn hand_on(&mut self, at: usize) -> T {
        let ((kind, number), piece) = self.early.remove(at);
        self.taken.extend(number.map(|number| (kind, number)));
        piece
    }

    /// Some phones number all pieces, others those of each kind by themselves.
    fn may_follow(&self, (kind, number): Place) -> bool {
        let Some(before) = number
            .unwrap_or_default()
            .checked_sub(1)
            .filter(|it| *it > 0)
        else {
            return true;
        };
        let is_first = self.taken.iter().all(|(of, _)| *of != kind);
        self.taken.contains(&(kind, before))
            || is_first && self.taken.iter().any(|(_, number)| *number == before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed_on(came: &[(i32, u32)]) -> Vec<(i32, u32)> {
        let mut pieces = Pieces::default();
        let mut all = Vec::new();
        for piece in came {
            all.extend(pieces.take((piece.0, Some(piece.1)), *piece));
        }
        all.extend(pieces.rest());
        assert!(!pieces.wait());
        all
    }

    #[test]
    fn a_piece_that_overtook_others_waits_for_them() {
        let right = [(0, 1), (3, 2), (3, 3), (3, 4), (3, 5)];
        assert_eq!(handed_on(&[(0, 1), (3, 3), (3, 2), (3, 5), (3, 4)]), right);
        assert_eq!(handed_on(&[(0, 1), (3, 4), (3, 5), (3, 3), (3, 2)]), right);
        assert_eq!(handed_on(&right), right);
    }

    #[test]
    fn kinds_may_be_numbered_each_by_itself() {
        let right = [(0, 1), (3, 1), (3, 2), (3, 3), (2, 1), (2, 2)];
        assert_eq!(handed_on(&right), right);
        assert_eq!(
            handed_on(&[(0, 1), (3, 1), (3, 3), (3, 2), (2, 1), (2, 2)]),
            right
        );
    }

    #[test]
    fn what_follows_something_that_never_comes_is_handed_on_in_order_in_the_end() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take((3, Some(9)), 9), [0; 0]);
        assert_eq!(pieces.take((3, Some(7)), 7), [0; 0]);
        assert_eq!(pieces.take((4, None), 4), [4]);
        assert!(pieces.wait());
        assert_eq!(pieces.rest(), [7, 9]);
        assert_eq!(pieces.take((3, Some(8)), 8), [8]);
    }
}

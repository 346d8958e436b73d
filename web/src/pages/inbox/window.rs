//! The part of a conversation that is on the page. It moves over the whole as one
//! scrolls, and never grows beyond what a browser shows at ease.

use super::message::Message;

/// So many are asked for at once.
pub const PAGE: usize = 50;
/// So many are on the page at most: several screens, also of short ones.
pub const MOST: usize = 200;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    /// The oldest first.
    pub items: Vec<Message>,
    /// Whether there is more before it.
    pub older: bool,
    /// Whether there is more behind it.
    pub newer: bool,
}

impl Window {
    /// The newest of all, as a page back in time has them.
    pub fn at_end(mut newest: Vec<Message>, older: bool) -> Self {
        newest.reverse();
        Self {
            items: newest,
            older,
            newer: false,
        }
    }

    /// A page back in time joins at the top; what is far below goes.
    pub fn put_older(&mut self, page: Vec<Message>, older: bool) {
        let mut items: Vec<_> = page.into_iter().rev().filter(|it| !self.has(it)).collect();
        items.append(&mut self.items);
        self.newer |= items.len() > MOST;
        items.truncate(MOST);
        self.items = items;
        self.older = older;
    }

    /// A page forth in time joins at the bottom; what is far above goes.
    pub fn put_newer(&mut self, page: Vec<Message>, newer: bool) {
        let more: Vec<_> = page.into_iter().filter(|it| !self.has(it)).collect();
        self.items.extend(more);
        let over = self.items.len().saturating_sub(MOST);
        self.older |= over > 0;
        self.items.drain(..over);
        self.newer = newer;
    }

    pub fn has(&self, message: &Message) -> bool {
        self.items.iter().any(|it| it.id == message.id)
    }

    pub fn first(&self) -> Option<&str> {
        self.items.first().map(|it| it.id.as_str())
    }

    pub fn last(&self) -> Option<&str> {
        self.items.last().map(|it| it.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inbox::message::sample;

    fn ids(window: &Window) -> Vec<usize> {
        window
            .items
            .iter()
            .map(|it| it.id.parse().unwrap())
            .collect()
    }

    fn page(numbers: impl Iterator<Item = usize>) -> Vec<Message> {
        numbers.map(|n| sample(&n.to_string(), "text")).collect()
    }

    #[test]
    fn scrolling_up_and_down_never_keeps_more_than_the_most() {
        let mut window = Window::at_end(page((950..1_000).rev()), true);
        for top in (0..950).step_by(PAGE).rev() {
            window.put_older(page((top..top + PAGE).rev()), top > 0);
            assert!(window.items.len() <= MOST);
            assert_eq!(window.first(), Some(top.to_string().as_str()));
        }
        assert_eq!((window.older, window.newer), (false, true));
        assert_eq!(ids(&window), (0..MOST).collect::<Vec<_>>());
        for bottom in (MOST..1_000).step_by(PAGE) {
            window.put_newer(page(bottom..bottom + PAGE), bottom + PAGE < 1_000);
            assert!(window.items.len() <= MOST);
        }
        assert_eq!((window.older, window.newer), (true, false));
        assert_eq!(ids(&window), (1_000 - MOST..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_told_twice_is_there_once() {
        let mut window = Window::at_end(page((0..3).rev()), false);
        window.put_newer(page(2..5), false);
        assert_eq!(ids(&window), [0, 1, 2, 3, 4]);
    }
}

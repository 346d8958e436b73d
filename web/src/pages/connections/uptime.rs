use super::{history, words::texts};
use crate::{
    api,
    i18n::{Locale, locale},
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use std::collections::VecDeque;
use whahook_contract::{
    account::AccountView,
    activity::{UptimeDay, UptimeView},
    ids::AccountId,
};

/// Asks for the uptime of accounts, one after the other: a page with many must
/// not ask for all of them at once.
#[derive(Clone, Copy)]
pub struct Uptimes {
    queue: StoredValue<Queue>,
    /// Of all accounts together.
    pub share: RwSignal<Option<String>>,
}

#[derive(Default)]
struct Queue {
    asks: bool,
    waiting: VecDeque<(AccountId, Shown)>,
    /// Seconds that each account was ready, and linked.
    totals: Vec<(AccountId, i64, i64)>,
}

/// What a card shows, as text: the days are many, and change rarely.
#[derive(Clone, Copy)]
struct Shown {
    bars: RwSignal<Option<String>>,
    words: RwSignal<Option<String>>,
    share: RwSignal<Option<String>>,
}

impl Uptimes {
    pub fn provide() {
        provide_context(Self {
            queue: StoredValue::new(Queue::default()),
            share: RwSignal::new(None),
        });
    }

    fn ask(self, id: AccountId, shown: Shown) {
        let mut asks = false;
        self.queue.update_value(|queue| {
            if !queue.waiting.iter().any(|(other, _)| *other == id) {
                queue.waiting.push_back((id, shown));
            }
            asks = std::mem::replace(&mut queue.asks, true);
        });
        if asks {
            return;
        }
        let (texts, locale) = (texts(), locale());
        spawn_local(async move {
            while let Some((id, shown)) = self.next() {
                // Without an answer the bars stay as they are.
                if let Ok(uptime) = api::uptime(id).await {
                    let share = history::share(uptime.ready_ratio, locale);
                    shown.bars.try_set(Some(history::bars(&uptime, texts)));
                    let words = history::uptime_words(&uptime, texts, locale);
                    shown.words.try_set(Some(words));
                    shown.share.try_set(Some(share));
                    self.count(id, &uptime, locale);
                }
            }
        });
    }

    /// The next to ask about; whoever sees the last one ends.
    fn next(self) -> Option<(AccountId, Shown)> {
        let mut next = None;
        self.queue.try_update_value(|queue| {
            next = queue.waiting.pop_front();
            queue.asks = next.is_some();
        });
        next
    }

    fn count(self, id: AccountId, uptime: &UptimeView, locale: Locale) {
        let sum = |of: fn(&UptimeDay) -> i64| uptime.days.iter().map(of).sum::<i64>();
        let ready = sum(|day| day.ready_s);
        let linked = ready + sum(|day| day.down_s);
        self.total(Some((id, ready, linked)), id, locale);
    }

    fn total(self, new: Option<(AccountId, i64, i64)>, id: AccountId, locale: Locale) {
        let mut sums = (0, 0);
        self.queue.try_update_value(|queue| {
            queue.totals.retain(|(other, ..)| *other != id);
            queue.totals.extend(new);
            for (_, ready, linked) in &queue.totals {
                sums = (sums.0 + ready, sums.1 + linked);
            }
        });
        let (ready, linked) = sums;
        #[allow(clippy::cast_precision_loss)] // seconds of 30 days fit a double
        let ratio = (linked > 0).then(|| ready as f64 / linked as f64);
        self.share.try_set(Some(history::share(ratio, locale)));
    }
}

/// A bar for each of the last 30 days.
#[component]
pub fn Strip(account: Memo<AccountView>) -> impl IntoView {
    let (texts, locale) = (texts(), locale());
    let live = expect_context::<Live>();
    let uptimes = expect_context::<Uptimes>();
    let id = account.with_untracked(|account| account.id);
    let shown = Shown {
        bars: RwSignal::new(None),
        words: RwSignal::new(None),
        share: RwSignal::new(None),
    };
    // Anew with each change of the session, and every hour.
    let turn = Memo::new(move |_| {
        let hour = live.now.get()?.timestamp() / 3_600;
        Some(account.with(|account| account.since.timestamp_millis() + hour))
    });
    Effect::new(move |_| {
        if turn.get().is_some() {
            uptimes.ask(id, shown);
        }
    });
    on_cleanup(move || uptimes.total(None, id, locale));
    let or_empty = |text: RwSignal<Option<String>>| {
        Signal::derive(move || text.with(|text| text.clone().unwrap_or_default()))
    };
    let (bars, share) = (or_empty(shown.bars), or_empty(shown.share));
    let role = Signal::derive(move || shown.words.with(Option::is_some).then_some("img"));
    view! {
        <div class="uptime">
            <div class="bars" role=role aria-label=shown.words inner_html=bars></div>
            <p aria-hidden="true">
                <span>{texts.thirty_days}</span>
                <span>{share}</span>
            </p>
        </div>
    }
}

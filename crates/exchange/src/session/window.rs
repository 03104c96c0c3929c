//! How much may be under way before the peer's word lags behind: what the link carries, not what the credit allows.

use crate::limits::{WINDOW_BYTES_FIRST, WINDOW_BYTES_MIN, WINDOW_LAG_GROW_MS, WINDOW_LAG_SHRINK_MS};

/// Bytes that may be between ledger row and receipt; each lane but FLASH takes its share of them.
///
/// It grows while receipts come as promptly as the promptest one on this connection, and shrinks where they come much
/// later: then what is under way stands in a queue, and something urgent would stand behind it.
#[derive(Debug)]
pub(super) struct Window {
    bytes: usize,
    bytes_max: usize,
    /// The shortest time from preparing to receipt on this connection.
    promptest_ms: Option<u64>,
    /// When it shrank last; what was prepared before says nothing new.
    shrank_ms: u64,
}

impl Window {
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes: WINDOW_BYTES_FIRST.min(bytes_max), bytes_max, promptest_ms: None, shrank_ms: 0 }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a receipt for bytes of which the last were prepared then.
    pub fn receipted(&mut self, now_ms: u64, prepared_ms: u64, bytes: usize) {
        let took = now_ms.saturating_sub(prepared_ms);
        let promptest = self.promptest_ms.map_or(took, |promptest| promptest.min(took));
        self.promptest_ms = Some(promptest);
        let lag = took - promptest;
        if lag <= WINDOW_LAG_GROW_MS {
            self.bytes = self.bytes.saturating_add(bytes).min(self.bytes_max);
        } else if lag > WINDOW_LAG_SHRINK_MS && prepared_ms >= self.shrank_ms {
            self.bytes = (self.bytes / 2).max(WINDOW_BYTES_MIN);
            self.shrank_ms = now_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::limits::{CREDIT_BYTES, WINDOW_BYTES_MIN};

    /// A link of so many bytes a second with a delay, kept full for a minute; gives the window at the end.
    fn run(bytes_per_s: usize, delay_ms: u64) -> Window {
        const BATCH: usize = 96 * 1024;
        let mut window = Window::new(CREDIT_BYTES as usize);
        let mut link = std::collections::VecDeque::new();
        let (mut free_at_ms, mut under_way) = (0, 0);
        for now_ms in 0..60_000 {
            while link.front().is_some_and(|(receipted_ms, _)| *receipted_ms <= now_ms) {
                let (_, prepared_ms) = link.pop_front().unwrap();
                under_way -= BATCH;
                window.receipted(now_ms, prepared_ms, BATCH);
            }
            while under_way == 0 || under_way < window.bytes() {
                under_way += BATCH;
                free_at_ms = now_ms.max(free_at_ms) + (BATCH * 1000 / bytes_per_s) as u64;
                link.push_back((free_at_ms + delay_ms, now_ms));
            }
        }
        window
    }

    #[test]
    fn a_narrow_link_holds_little_and_a_wide_one_all_the_credit() {
        let narrow = run(1_000_000 / 8, 40).bytes();
        assert!(narrow <= 4 * WINDOW_BYTES_MIN, "{narrow}");
        assert_eq!(run(1_000_000_000 / 8, 5).bytes(), CREDIT_BYTES as usize);
        assert_eq!(run(100_000_000, 600).bytes(), CREDIT_BYTES as usize, "a long delay is no queue");
    }
}

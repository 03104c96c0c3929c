//! Sets that were chosen so that their sums agree.

use chancery_exchange::reconcile::{Item, Mode, Tally};
use chancery_record::RecordId;

use crate::play::{Habits, STEADY, play};
use crate::vector_set::{VectorSet, period, sections};

/// A tally that anybody can forge: it adds up the first bytes of the ids, where the real one adds up hashes. What costs
/// about 2^31 hashes there costs a subtraction here.
fn weak_tally(items: &[Item]) -> Tally {
    let mut tally = Tally { count: items.len() as u64, sum: [0; 32] };
    let sum = items.iter().fold(0u64, |sum, item| sum.wrapping_add(head(item)));
    tally.sum[..8].copy_from_slice(&sum.to_le_bytes());
    tally
}

fn head(item: &Item) -> u64 {
    u64::from_le_bytes(*item.record.0.first_chunk().unwrap())
}

fn with_head(head: u64) -> Item {
    let mut id = [6; 32];
    id[..8].copy_from_slice(&head.to_le_bytes());
    Item { record: RecordId(id), sections: sections(1) }
}

#[test]
fn equal_sums_pass_for_equal_sets_unless_they_are_salted() {
    let shared: Vec<Item> = (0..5000u64).map(|number| with_head(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    // The victim is a record that one end lacks; two others make up for it.
    let (victim, one, other) = (with_head(0x1111_2222_3333_4444), with_head(0x0f0f_0f0f), with_head(0x77_1314_2425));
    let filler = with_head(head(&one).wrapping_add(head(&other)).wrapping_sub(head(&victim)));
    let set = |items: [Item; 2]| {
        let all = shared.iter().copied().chain(items);
        VectorSet::with_tally(all.map(|item| (period(1, 9), item)), weak_tally)
    };
    let (sender, receiver) = (set([victim, filler]), set([one, other]));

    let plain = play(&sender, &receiver, &STEADY);
    assert_eq!((plain.missing.len(), plain.extras.len()), (0, 0), "the forgery must fool the kept tallies");

    let salted = play(&sender, &receiver, &Habits { mode: Mode::Salted, ..STEADY });
    assert_eq!(salted.missing.iter().map(|(_, item)| *item).collect::<Vec<_>>(), sorted([victim, filler]));
    assert_eq!(salted.extras.iter().map(|(_, item)| *item).collect::<Vec<_>>(), sorted([one, other]));
}

#[test]
fn a_damaged_tally_is_told_from_a_missing_item() {
    let items: Vec<_> = (0..3000u64).map(|number| (period(number, 3), with_head(number << 17))).collect();
    let (sound, damaged) = (VectorSet::new(items.clone()), VectorSet::with_tally(items, weak_tally));
    let plain = play(&sound, &damaged, &STEADY);
    assert_eq!((plain.missing.len(), plain.extras.len(), plain.outcome.unexplained), (0, 0, 3));
    let salted = play(&sound, &damaged, &Habits { mode: Mode::Salted, ..STEADY });
    assert_eq!((salted.outcome.periods, salted.questions), (0, 1));
}

fn sorted<const N: usize>(mut items: [Item; N]) -> Vec<Item> {
    items.sort_unstable();
    items.to_vec()
}

//! What it costs to catch up after a partition, in bytes.

use chancery_exchange::wire::{Batch, FrameKind};
use chancery_record::encoding::{Domain, decode, encode};

use crate::delivery::pair_at_work;
use crate::world::{Paper, Step, World, country, pair};

const FRAME_HEAD_BYTES: usize = 5;

/// Bytes handed to the transport until nothing moves, and those of them that are records as their originator sealed them.
fn carried(world: &mut World) -> (usize, usize, usize) {
    let (fr, de) = (country("FR"), country("DE"));
    let (mut frames, mut records, mut count) = (0, 0, 0);
    loop {
        let steps = world.steps();
        if steps.is_empty() {
            return (frames, records, count);
        }
        let drawn = world.chance.below(steps.len());
        if let Step::Deliver(from, _, stream) = steps[drawn]
            && let Some(frame) = world.links[&pair(fr, de)].next(from, stream)
        {
            frames += FRAME_HEAD_BYTES + frame.body.len();
            if frame.kind == FrameKind::Batch as u8 {
                let batch: Batch = decode(Domain::Frame, &frame.body, 1 << 20).unwrap();
                count += batch.envelopes.len();
                records += batch.envelopes.iter().map(|one| encode(Domain::Record, one).len()).sum::<usize>();
            }
        }
        world.take(steps[drawn]);
    }
}

#[test]
fn the_frames_of_a_backlog_are_little_more_than_its_records() {
    let (fr, de) = (country("FR"), country("DE"));
    for (length, most) in [(60, 102), (350, 102), (900, 102)] {
        let mut world = pair_at_work(31);
        world.disconnect(fr, de);
        for block in 0..4 {
            let papers: Vec<Paper> =
                (0..500).map(|at| Paper::new(format!("van {block}/{at} {}", "x".repeat(length)))).collect();
            world.publish_all(fr, &papers);
        }
        world.connect(fr, de);
        let (frames, records, count) = carried(&mut world);
        let share = frames as f64 / records as f64;
        println!("{count} records of {} bytes: frames of {share:.4} times that", records / count);
        assert_eq!(count, 2000);
        assert!(frames * 100 <= records * most, "{share:.4}");
        world.check_settled();
    }
}

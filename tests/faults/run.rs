//! One run: a world, people at work, trouble, and then the questions.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::book::Book;
use super::chance::Chance;
use super::meter::Meter;
use super::oracle;
use super::schedule::{Kind, Schedule, Setting};
use super::sightings::Sightings;
use super::traffic::{Habits, Traffic};
use super::trouble::Trouble;
use super::world::{Daemons, Extent, HEALING_TIME_MAX, World};
use crate::network::Transport;

/// How large a run is, how long, and what fails in it.
pub struct Plan {
    pub extent: Extent,
    pub seconds: u64,
    pub kinds: Vec<Kind>,
    /// How many countries, from the last, may have their process end.
    pub mortal: usize,
    pub lasts_ms: Range<u64>,
    pub pause_ms: Range<u64>,
    /// Of the people of four countries.
    pub habits: Habits,
    /// How often memory, descriptors and threads are looked at, if at all.
    pub measured_each: Option<Duration>,
}

impl Plan {
    /// Everything fails that can.
    pub fn of_faults(countries: usize, seconds: u64) -> Self {
        let extent = Extent {
            countries,
            small_disks: 2,
            rough_links: 3,
            transports: vec![Transport::Quic, Transport::Tcp],
            cache_mib: 16,
        };
        Self {
            extent,
            seconds,
            kinds: Kind::ALL.to_vec(),
            mortal: countries,
            lasts_ms: 2_000..8_000,
            pause_ms: 400..1_600,
            habits: Habits { pace: Duration::from_millis(60), look_each: Duration::from_secs(1) },
            measured_each: None,
        }
    }

    fn setting(&self, world: &World) -> Setting {
        let countries = world.countries();
        Setting {
            kinds: self.kinds.clone(),
            pairs: world.pairs.clone(),
            countries: countries.to_vec(),
            mortal: countries[countries.len() - self.mortal..].to_vec(),
            small_disks: world.small_disks.keys().cloned().collect(),
            rough_links: world.rough_links.len(),
            lasts_ms: self.lasts_ms.clone(),
            pause_ms: self.pause_ms.clone(),
        }
    }
}

/// Has everything happen that the plan wants, and asks the nodes what came of it.
pub fn run(plan: &Plan) {
    let begun = Instant::now();
    let seed = Chance::seed();
    let chance = Chance::of(seed);
    let world = World::of(&plan.extent, &chance);
    let schedule = Schedule::draw(&mut chance.part(1), &plan.setting(&world), plan.seconds * 1000);
    println!("{} repeats the schedule of these {} faults:\n{schedule}", Chance::told(seed), schedule.events.len());
    let mut daemons = world.start_all();
    let ready_s = begun.elapsed().as_secs_f32();
    let (book, mut sightings, meter) = at_work(plan, &world, &mut daemons, &schedule, &chance);
    let healed = oracle::converges(&world, &book, HEALING_TIME_MAX);
    oracle::what_was_seen_holds(&world, &book, &mut sightings);
    oracle::ledgers_agree(&world);
    oracle::audits_agree(&world, &book);
    let marks = oracle::files_hold_only_what_they_may(&world, &book);
    let (acknowledged, withdrawn) = book.counts();
    println!(
        "{} nodes ready after {ready_s:.1} s; {} records, {acknowledged} acknowledged, {withdrawn} withdrawn, {marks} \
         copies on disk; right {:.1} s after the last fault; {:.1} s in all",
        world.countries().len(),
        book.entries.len(),
        healed.as_secs_f32(),
        begun.elapsed().as_secs_f32(),
    );
    assert!(acknowledged > 0 && withdrawn > 0, "nothing happened");
    for link in &world.rough_links {
        let carried = link.carried();
        let [packets, repeated, overtaken] =
            [&carried.packets, &carried.repeated, &carried.overtaken].map(|count| count.load(Ordering::Relaxed));
        println!("a rough link: {packets} packets, {repeated} of them twice, {overtaken} overtaken by others");
        assert!(packets > 0, "the link is not used");
    }
    if let Some(meter) = meter {
        meter.judge();
    }
}

/// People work, things fail; the book of all that was asked for.
fn at_work(
    plan: &Plan,
    world: &World,
    daemons: &mut Daemons,
    schedule: &Schedule,
    chance: &Chance,
) -> (Book, Sightings, Option<Meter>) {
    let stop = AtomicBool::new(false);
    let immortal = world.countries().len() - plan.mortal;
    let measured = world.countries()[..immortal]
        .iter()
        .map(|country| (country.clone(), daemons[country].as_ref().unwrap().process()));
    let meter = plan.measured_each.map(|each| Meter::of(measured.collect(), each));
    thread::scope(|scope| {
        let people: Vec<_> = world
            .countries()
            .chunks(COUNTRIES_PER_THREAD)
            .enumerate()
            .map(|(at, countries)| {
                let traffic = Traffic::of(world, countries, chance.part(10 + at as u64), &at.to_string(), plan.habits);
                let stop = &stop;
                scope.spawn(move || traffic.run(stop))
            })
            .collect();
        let watching = meter.map(|meter| scope.spawn(|| meter.watch(&stop)));
        {
            // Whatever panics here, the others must end for the scope to end.
            let _stop = StopOnDrop(&stop);
            Trouble::new(world, daemons).run(schedule);
        }
        let (mut book, mut sightings) = (Book::default(), Sightings::default());
        for person in people {
            let (written, seen) = person.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault));
            book.join(written);
            sightings.join(seen);
        }
        (book, sightings, watching.map(|thread| thread.join().unwrap()))
    })
}

/// A number that the environment states.
pub fn stated(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: `{text}`")))
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One thread asks one node at a time; a node that hangs keeps no more than these waiting.
const COUNTRIES_PER_THREAD: usize = 4;

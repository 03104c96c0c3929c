//! People who publish, amend, withdraw and look, whatever befalls their nodes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::book::{Audience, Book};
use super::chance::Chance;
use super::sightings::Sightings;
use super::world::World;
use crate::network::rows_of;

/// The people of some countries, who do one thing after the other.
pub struct Traffic<'a> {
    world: &'a World,
    countries: Vec<String>,
    chance: Chance,
    book: Book,
    sightings: Sightings,
    drafts: String,
    number: usize,
    habits: Habits,
}

/// How busy people are.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Somebody does something once in this time,
    pub pace: Duration,
    /// and looks at all that a node holds once in this.
    pub look_each: Duration,
}

/// What every reference begins with, so that it is found in any file.
pub const MARK: &str = "ZQ7X";

impl<'a> Traffic<'a> {
    /// People of these countries; `name` tells them from others.
    pub fn of(world: &'a World, countries: &[String], chance: Chance, name: &str, habits: Habits) -> Self {
        Self {
            world,
            countries: countries.to_vec(),
            chance,
            book: Book::default(),
            sightings: Sightings::default(),
            drafts: format!("drafts-{name}.ndjson"),
            number: 0,
            habits,
        }
    }

    /// Goes on until told to stop; gives what was asked for and acknowledged, and what was seen.
    pub fn run(mut self, stop: &AtomicBool) -> (Book, Sightings) {
        let mut next_look = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let country = self.chance.pick(&self.countries).unwrap().clone();
            let is_crowded = self.book.standing(&country).len() > STANDING_MAX;
            match self.chance.within(0..100) {
                0..20 => self.amend(&country),
                20..70 if !is_crowded => self.publish(&country),
                _ => self.withdraw(&country),
            }
            if Instant::now() >= next_look {
                self.look(&country);
                next_look = Instant::now() + self.habits.look_each;
            }
            thread::sleep(self.habits.pace);
        }
        (self.book, self.sightings)
    }

    fn publish(&mut self, country: &str) {
        let mut drafts = Vec::new();
        let count = if self.chance.percent(BURST_PERCENT) { BURST } else { self.chance.within(1..4) };
        for _ in 0..count {
            let reference = format!("{MARK}{country}{:06}", self.number);
            self.number += 1;
            let audience = self.audience();
            drafts.push(audience.draft(&reference, 0));
            self.book.begin(&reference, country, audience);
        }
        self.world.network.write_drafts(&self.drafts, &drafts);
        self.ask_to_publish(country);
    }

    fn audience(&mut self) -> Audience {
        match self.chance.within(0..10) {
            0..6 => Audience::Partners,
            6..8 => Audience::Only(self.chance.pick(self.world.countries()).unwrap().clone()),
            8 => Audience::Nobody,
            _ => Audience::Restricted,
        }
    }

    fn amend(&mut self, country: &str) {
        let Some(reference) = self.chance.pick(self.book.standing(country)).cloned() else { return };
        let entry = self.book.entries.get_mut(&reference).unwrap();
        // Asked for and not acknowledged, the version may be there: the next must differ from it.
        self.number += 1;
        entry.is_in_doubt = true;
        let draft = entry.audience.draft(&reference, self.number);
        self.world.network.write_drafts(&self.drafts, &[draft]);
        self.ask_to_publish(country);
    }

    fn ask_to_publish(&mut self, country: &str) {
        let run = self.world.network.run(country, &format!("publish {} --format ndjson", self.drafts));
        // 75: nobody answers. 1: the disk is full, or the daemon ended in the middle.
        assert!([0, 1, 75].contains(&run.code), "{country}: {} {}", run.code, run.stderr);
        rows_of(&run.stdout).iter().for_each(|row| self.book.acknowledge(row));
    }

    fn withdraw(&mut self, country: &str) {
        let Some(reference) = self.chance.pick(self.book.standing(country)).cloned() else { return };
        let lineage = self.book.begin_withdrawal(&reference);
        let run = self.world.network.run(country, &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
        match run.code {
            0 => self.book.acknowledge_withdrawal(&reference),
            1 | 75 => {}
            code => panic!("{country}: {code} {}", run.stderr),
        }
    }

    /// Looks at all that a node holds, which nobody may ever find less than before.
    fn look(&mut self, country: &str) {
        let run = self.world.network.run(country, "list --state all --format ndjson");
        match run.code {
            0 | 3 => self.sightings.note(country, &rows_of(&run.stdout), &self.book),
            1 | 75 => {}
            code => panic!("{country}: {code} {}", run.stderr),
        }
    }
}

/// Now and then as many records are published at once that they are still under way when something fails.
const BURST: u64 = 60;
const BURST_PERCENT: u64 = 4;
/// Beyond as many records of a country that stand, people withdraw rather than publish.
const STANDING_MAX: usize = 150;

//! Carrying out a schedule of faults, then making everything whole again.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use super::rough_link::Character;
use super::schedule::{Event, Fault, Schedule};
use super::weather::Weather;
use super::world::{Daemons, World};

/// Who makes things fail. Everything that lasts ends with the schedule.
pub struct Trouble<'a> {
    world: &'a World,
    weather: Weather<'a>,
    daemons: &'a mut Daemons,
}

/// What a rough link is like: packets are a tenth of a second under way, and overtake each other.
const ROUGH: Character = Character { delay_ms: 60, jitter_ms: 80, repeated_percent: 10 };

enum Step<'a> {
    Begin(&'a Event),
    End(&'a Event),
}

impl<'a> Trouble<'a> {
    pub fn new(world: &'a World, daemons: &'a mut Daemons) -> Self {
        Self { world, weather: Weather::calm(&world.ground), daemons }
    }

    /// Makes everything fail and heal as the schedule says.
    pub fn run(mut self, schedule: &Schedule) {
        let mut steps: Vec<(u64, Step<'_>)> = Vec::new();
        for event in &schedule.events {
            steps.push((event.begins_ms, Step::Begin(event)));
            steps.push((event.ends_ms, Step::End(event)));
        }
        steps.sort_by_key(|(at_ms, _)| *at_ms);
        let begun = Instant::now();
        for (at_ms, step) in steps {
            thread::sleep(Duration::from_millis(at_ms).saturating_sub(begun.elapsed()));
            match step {
                Step::Begin(event) => self.begin(&event.fault),
                Step::End(event) => self.end(&event.fault),
            }
        }
        for (country, daemon) in self.daemons.iter_mut() {
            let alive = daemon.as_mut().is_some_and(|daemon| !daemon.has_ended());
            assert!(
                alive,
                "{country} ended by itself:\n{}",
                daemon.as_ref().map_or_else(String::new, |daemon| daemon.log())
            );
        }
    }

    fn begin(&mut self, fault: &Fault) {
        match fault {
            Fault::Rough(number) => self.world.rough_links[*number].become_like(ROUGH),
            Fault::Killed(country) => self.daemon(country).take().unwrap().kill(),
            Fault::Stopped(country) => self.daemon(country).take().unwrap().stop(),
            Fault::Frozen(country) => self.signal(country, Signal::STOP),
            Fault::Full(country) => self.world.small_disks[country].fill(),
            fault => self.weather.begin(fault),
        }
    }

    fn end(&mut self, fault: &Fault) {
        match fault {
            Fault::Rough(number) => self.world.rough_links[*number].become_like(Character::default()),
            Fault::Killed(country) | Fault::Stopped(country) => self.start(country),
            Fault::Frozen(country) => self.signal(country, Signal::CONT),
            Fault::Full(country) => {
                self.world.small_disks[country].free();
                // A node that could not write a commit down acknowledges nothing any more, and ends.
                if self.daemon(country).as_mut().unwrap().has_ended() {
                    self.start(country);
                }
            }
            fault => self.weather.end(fault),
        }
    }

    fn start(&mut self, country: &str) {
        let daemon = self.world.start(country);
        *self.daemon(country) = Some(daemon);
    }

    fn signal(&mut self, country: &str, signal: Signal) {
        let process = self.daemon(country).as_ref().unwrap().process();
        kill_process(process, signal).unwrap();
    }

    fn daemon(&mut self, country: &str) -> &mut Option<crate::network::Daemon> {
        self.daemons.get_mut(country).unwrap()
    }
}

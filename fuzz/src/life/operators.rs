//! What operators and local callers ask besides publishing: comparing, recovering, consent.

use chancery_exchange::reconcile::Mode;
use chancery_exchange::{ConsentWord, Input, Repair};
use chancery_record::{RecordId, StatementId};

use super::papers::{FOREIGN, foreign};
use super::step::Step;
use super::world::World;
use crate::script::Script;

impl World {
    pub fn operate(&mut self, step: Step, script: &mut Script<'_>) {
        let (caller, actor) = (self.caller(), "operator".to_owned());
        let peer = self.peers[script.below(self.peers.len())].country;
        let input = match step {
            Step::Recover => Input::Recover { caller, actor },
            Step::Override => {
                self.has_overridden = true;
                Input::OverrideRecovery { caller, actor, peer: (script.below(2) == 0).then_some(peer) }
            }
            Step::Check => {
                let (repair, mode) =
                    (script.one_of(&[Repair::Yes, Repair::No]), script.one_of(&[Mode::Plain, Mode::Salted]));
                Input::Check { caller, peer, repair, mode }
            }
            Step::AskConsent => {
                let record = match script.below(3) {
                    0 => RecordId([1; 32]),
                    _ => foreign(peer, script.below(FOREIGN)).record.id(),
                };
                let to = self.peers[script.below(self.peers.len())].country;
                Input::AskConsent { caller, actor, record, to }
            }
            _ => {
                let until = self.now.wall.date().plus_days(30);
                let word = script.one_of(&[ConsentWord::Given(until), ConsentWord::Refused]);
                let asked = StatementId([script.byte(); 32]);
                Input::AnswerConsent { caller, actor, asked, word }
            }
        };
        self.handle(input);
    }
}

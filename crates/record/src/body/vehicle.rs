//! Vehicles: how they are told apart, and what became of them. No personal data.

use super::shape::{Reading, form, shape_of_texts};
use crate::Country;
use crate::identifiers::{Plate, Vin};
use crate::words::words;

words! {
    /// What became of a vehicle.
    VehicleStatus, "status of a vehicle":
    Stolen = 0 "stolen",
    Misappropriated = 1 "misappropriated",
    Recovered = 2 "recovered",
}
shape_of_texts!(VehicleStatus);

form! {
    /// The section `object` of a `vehicle`.
    Vehicle {
        /// Vehicle identification number.
        vin: Option<String>,
        /// Make.
        make: Option<String>,
        /// Model.
        model: Option<String>,
        /// Car, lorry, motorcycle and the like.
        vehicle_type: Option<String>,
        /// Colour.
        colour: Option<String>,
        /// Year of manufacture.
        year: Option<u16>,
        /// Registration plate.
        plate: Option<String>,
        /// The country of the plate.
        plate_country: Option<Country>,
        /// Engine number.
        engine_number: Option<String>,
        /// What became of it.
        status: Option<VehicleStatus>,
        /// What else is known of it.
        note: Option<String>,
    }
}

impl Vehicle {
    /// All that must hold of the section. European makers do not compute the check digit, so that a wrong one is a
    /// warning and no fault.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("status", self.status.as_ref(), "what became of the vehicle");
        if self.vin.is_none() && self.plate.is_none() && self.engine_number.is_none() {
            at.fault("nothing tells the vehicle apart: give `vin`, `plate` with `plate_country`, or `engine_number`");
        }
        if self.plate.is_some() {
            at.need("plate_country", self.plate_country, "a plate is told apart by its country");
            if self.plate.as_deref().and_then(Plate::of).is_none() {
                at.within("plate", |at| at.fault("no letter or digit in it, or too many"));
            }
        }
        if let Some(vin) = &self.vin {
            at.within("vin", |at| check_vin(vin, at));
        }
        if self.year.is_some_and(|year| !(1886..=2200).contains(&year)) {
            at.within("year", |at| at.fault("no year in which vehicles are made"));
        }
    }
}

fn check_vin(text: &str, at: &mut Reading) {
    let Some(vin) = Vin::of(text) else {
        at.fault("no letter or digit in it, or too many");
        return;
    };
    match vin.check_digit_holds() {
        Some(true) => {}
        Some(false) => at.warning("its check digit does not fit; makers outside North America often carry none"),
        None => at.warning("not of 17 letters and digits, as vehicles made since 1981 have"),
    }
    if text.chars().any(|letter| matches!(letter.to_ascii_uppercase(), 'I' | 'O' | 'Q')) {
        at.warning("letters I, O and Q stand in no identification number; read as 1, 0 and 0");
    }
}

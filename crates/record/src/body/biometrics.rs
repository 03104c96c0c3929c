//! References to biometric data: where it is, what it is worth, what it hashes to.

use super::dates::PartialDate;
use super::shape::{Reading, form, shape_of_texts};
use crate::words::words;

words! {
    /// What was taken of a person.
    Modality, "biometric modality":
    Face = 0 "face",
    Fingerprint = 1 "fingerprint",
    Palm = 2 "palm",
    Dna = 3 "dna",
    Iris = 4 "iris",
    Dental = 5 "dental",
}
shape_of_texts!(Modality);

form! {
    /// The section `biometrics`.
    Biometrics {
        /// Photographs of the person.
        portraits: Vec<BiometricReference>,
        /// Fingerprints, profiles and the like.
        references: Vec<BiometricReference>,
    }
}

form! {
    /// One piece of biometric data, kept elsewhere.
    BiometricReference {
        /// What it is; a face where it is a portrait.
        modality: Option<Modality>,
        /// Its number, or where it is found.
        reference: Option<String>,
        /// How good it is.
        quality: Option<String>,
        /// Its media type, as in `image/jpeg`.
        media_type: Option<String>,
        /// SHA-256 of its bytes, in hexadecimal.
        sha256: Option<String>,
        /// When it was taken.
        taken: Option<PartialDate>,
        /// What it shows.
        note: Option<String>,
    }
}

impl Biometrics {
    /// Whether there is data of a modality.
    pub fn has(&self, modality: Modality) -> bool {
        (modality == Modality::Face && !self.portraits.is_empty())
            || self.references.iter().any(|reference| reference.modality == Some(modality))
    }

    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        for (field, list) in [("portraits", &self.portraits), ("references", &self.references)] {
            for (index, reference) in list.iter().enumerate() {
                at.within(field, |at| at.at_entry(index, |at| reference.check(at)));
            }
        }
        for (index, reference) in self.references.iter().enumerate() {
            at.within("references", |at| {
                at.at_entry(index, |at| at.need("modality", reference.modality, "what was taken of the person"));
            });
        }
    }
}

impl BiometricReference {
    /// All that must hold of one reference.
    pub(crate) fn check(&self, at: &mut Reading) {
        if self.reference.is_none() && self.sha256.is_none() {
            at.fault("nothing by which the data is found: give `reference` or `sha256`");
        }
        let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|letter| letter.is_ascii_hexdigit());
        if self.sha256.as_ref().is_some_and(|text| !is_hash(text)) {
            at.within("sha256", |at| at.fault("not 64 hexadecimal digits"));
        }
    }
}

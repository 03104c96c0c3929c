//! What notices about things and events are about: methods, threats, assets, works of art.

use super::biometrics::BiometricReference;
use super::dates::PartialDate;
use super::shape::{Reading, form};
use crate::{Country, Lineage};

form! {
    /// The section `object` of a `notice.purple`.
    ModusOperandi {
        /// What sort of method, object, device or hiding place it is.
        category: Option<String>,
        /// How it works.
        description: Option<String>,
        /// What it is used for.
        offence_type: Option<String>,
        /// Where it was seen.
        countries: Vec<Country>,
        /// Since when.
        first_seen: Option<PartialDate>,
        /// Pictures.
        images: Vec<BiometricReference>,
    }
}

form! {
    /// The section `object` of a `notice.orange`.
    Threat {
        /// What sort of threat it is.
        threat_kind: Option<String>,
        /// The event, person, object or process.
        object: Option<String>,
        /// What may happen.
        danger: Option<String>,
        /// What to do.
        advice: Option<String>,
        /// When it may happen, or happened.
        date: Option<PartialDate>,
        /// Where.
        place: Option<String>,
        /// In which countries.
        countries: Vec<Country>,
        /// Pictures.
        images: Vec<BiometricReference>,
    }
}

form! {
    /// The section `object` of a `notice.silver`.
    AssetTrace {
        /// Whose assets they are thought to be, in words.
        linked_person: Option<String>,
        /// The record of that person.
        linked_lineage: Option<Lineage>,
        /// The assets.
        assets: Vec<Asset>,
        /// The offence they come from.
        offence: Option<String>,
    }
}

form! {
    /// One asset.
    Asset {
        /// House, vehicle, account and the like.
        asset_type: Option<String>,
        /// What it is.
        description: Option<String>,
        /// Its number in a register, or of the account.
        identifier: Option<String>,
        /// Its worth, as in `120000`.
        value: Option<String>,
        /// The currency of it (ISO 4217).
        currency: Option<String>,
        /// Where it is.
        place: Option<String>,
        /// In which country.
        country: Option<Country>,
    }
}

form! {
    /// The section `object` of a `notice.art`.
    WorkOfArt {
        /// Painting, sculpture, icon and the like.
        category: Option<String>,
        /// Who made it.
        artist: Option<String>,
        /// Its title.
        title: Option<String>,
        /// What it is made of.
        material: Option<String>,
        /// Its size, in words.
        dimensions: Option<String>,
        /// When it was made, in words.
        period: Option<String>,
        /// When it was stolen.
        date_of_theft: Option<PartialDate>,
        /// Where.
        place_of_theft: Option<String>,
        /// In which country.
        country_of_theft: Option<Country>,
        /// What it looks like.
        description: Option<String>,
        /// Pictures.
        images: Vec<BiometricReference>,
    }
}

impl ModusOperandi {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("category", self.category.as_ref(), "what sort of method it is");
        at.need("description", self.description.as_ref(), "how it works");
        check_images(&self.images, at);
    }
}

impl Threat {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("threat_kind", self.threat_kind.as_ref(), "what sort of threat it is");
        at.need("danger", self.danger.as_ref(), "what may happen");
        check_images(&self.images, at);
    }
}

impl AssetTrace {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("assets", self.assets.first(), "at least one asset to trace");
        at.need("offence", self.offence.as_ref(), "the offence the assets come from");
        for (index, asset) in self.assets.iter().enumerate() {
            at.within("assets", |at| {
                at.at_entry(index, |at| at.need("asset_type", asset.asset_type.as_ref(), "what sort of asset it is"));
            });
        }
    }
}

impl WorkOfArt {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("category", self.category.as_ref(), "what sort of work it is");
        if self.title.is_none() && self.description.is_none() {
            at.fault("nothing tells the work apart: give `title` or `description`");
        }
        check_images(&self.images, at);
    }
}

fn check_images(images: &[BiometricReference], at: &mut Reading) {
    for (index, image) in images.iter().enumerate() {
        at.within("images", |at| at.at_entry(index, |at| image.check(at)));
    }
}

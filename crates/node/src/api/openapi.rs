//! The description of the API, for whoever writes a program against it.

use axum::Json;
use utoipa::OpenApi;

use super::{
    comparing, consenting, disclosures, explaining, holding, incidents, listing, metrics, peering, planning,
    publishing, recovering, running, showing, treaties, withdrawing,
};

/// Every request of the local API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chancery local API",
        description = "HTTP over the unix socket of a node. The kernel says who calls; the configuration says what the \
                       caller may do. A request that fails answers with a `Problem`, whose `exit` is the exit code of \
                       the command line."
    ),
    paths(
        running::status,
        running::reload,
        running::confirm_clock,
        running::reindex,
        running::session,
        running::start_session,
        running::end_session,
        peering::list,
        peering::retry,
        comparing::list,
        comparing::check,
        recovering::status,
        recovering::begin,
        recovering::go_on,
        planning::plan,
        listing::list,
        publishing::publish,
        publishing::dry_run,
        showing::show,
        holding::holders,
        disclosures::list,
        withdrawing::withdraw,
        consenting::list,
        consenting::ask,
        consenting::answer,
        explaining::why,
        explaining::decide,
        treaties::list,
        treaties::show,
        holding::obligations,
        incidents::quarantine,
        incidents::breaches,
        incidents::audit,
        metrics::scrape,
    )
)]
struct Description;

/// The document itself.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

/// The document's text, as it is committed.
pub fn text() -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(Description::openapi())?;
    value.sort_all_objects();
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_the_program_s() {
        let committed = include_str!("../../openapi.json");
        assert!(
            text().unwrap() == committed,
            "crates/node/openapi.json differs; write it anew with `chancery openapi > crates/node/openapi.json` and look at the difference"
        );
    }
}

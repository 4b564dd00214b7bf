//! The words that synthetic names are made of.

/// A field of business with its own words.
pub(super) struct Domain {
    /// The first part of its tags' names.
    root: &'static str,
    /// Where its tables lie.
    schema: &'static str,
    categories: [&'static str; 4],
    leaves: [&'static str; 10],
    tables: [&'static str; 6],
    columns: [&'static str; 30],
}

/// Number of domains.
pub(super) const DOMAINS: usize = 8;
/// Words for the columns of one domain: its own and those that all share.
const WORDS: u64 = 50;

const SHARED: [&str; 20] = [
    "id",
    "created_at",
    "updated_at",
    "status",
    "name",
    "description",
    "notes",
    "email",
    "phone",
    "country",
    "currency",
    "amount",
    "source_system",
    "batch_no",
    "valid_from",
    "valid_to",
    "is_active",
    "owner",
    "region",
    "external_ref",
];

const SUFFIXES: [&str; 16] = [
    "", "_raw", "_hash", "_src", "_old", "_new", "_code", "_desc", "_flag", "_ts", "_norm",
    "_masked", "_prev", "_key", "_txt", "_bak",
];

const QUALIFIERS: [&str; 8] = [
    "",
    "Current ",
    "Historic ",
    "Verified ",
    "Declared ",
    "Derived ",
    "External ",
    "Masked ",
];

const PLATFORMS: [&str; 5] = [
    "snowflake",
    "redshift",
    "databricks",
    "bigquery",
    "postgres",
];

/// Tags that a data source may bear, the frequent ones first.
pub(super) const TABLE_TAGS: [&str; 24] = [
    "Tier.Gold",
    "Tier.Silver",
    "Region.EU",
    "Region.US",
    "System of Record",
    "Tier.Bronze",
    "Domain.Customer",
    "Domain.Health",
    "Domain.Finance",
    "Domain.Workforce",
    "Domain.Commerce",
    "Domain.Digital",
    "Domain.Logistics",
    "Domain.Security",
    "Lifecycle.Production",
    "Lifecycle.Staging",
    "Region.APAC",
    "Shared Externally",
    "Lifecycle.Sandbox",
    "Region.LATAM",
    "Lifecycle.Archive",
    "Under Audit",
    "Vendor Feed",
    "Legal Hold",
];
/// Where the domains' own tags begin in [`TABLE_TAGS`].
pub(super) const DOMAIN_TABLE_TAGS: usize = 6;

/// Where tags come from that were not made in the governance tool itself.
pub(super) const EXTERNAL_SOURCES: [&str; 4] = [
    "collibra-prod",
    "alation",
    "7f3c1a52-9d0e-4b6a-8a57-2c1de0b94f13",
    "purview-eu",
];

static VOCABULARY: [Domain; DOMAINS] = [
    Domain {
        root: "Personal",
        schema: "crm",
        categories: ["Contact", "Identity", "Household", "Preference"],
        leaves: [
            "Email",
            "Phone",
            "Full Name",
            "Date of Birth",
            "Postal Address",
            "Gender",
            "National ID",
            "Passport",
            "Language",
            "Consent",
        ],
        tables: [
            "customers",
            "contacts",
            "households",
            "consents",
            "leads",
            "accounts",
        ],
        columns: [
            "first_name",
            "last_name",
            "full_name",
            "birth_date",
            "gender",
            "street",
            "city",
            "postal_code",
            "mobile",
            "fax",
            "national_id",
            "passport_no",
            "marital_state",
            "language",
            "consent_given",
            "salutation",
            "middle_name",
            "age",
            "household_size",
            "newsletter",
            "nickname",
            "loyalty_tier",
            "segment",
            "referrer",
            "twitter_handle",
            "emergency_contact",
            "ethnicity",
            "religion",
            "photo_url",
            "signature",
        ],
    },
    Domain {
        root: "Health",
        schema: "clinical",
        categories: ["Patient", "Diagnosis", "Treatment", "Coverage"],
        leaves: [
            "Record Number",
            "ICD10",
            "Procedure",
            "Medication",
            "Lab Value",
            "Allergy",
            "Blood Type",
            "Provider",
            "Member ID",
            "Visit Date",
        ],
        tables: [
            "patients",
            "encounters",
            "lab_results",
            "prescriptions",
            "claims",
            "vitals",
        ],
        columns: [
            "mrn",
            "patient_ref",
            "icd10",
            "cpt",
            "diagnosis",
            "medication",
            "dosage",
            "allergy",
            "blood_type",
            "provider_npi",
            "admitted_at",
            "discharged_at",
            "ward",
            "lab_test",
            "lab_value",
            "lab_unit",
            "heart_rate",
            "systolic",
            "diastolic",
            "weight_kg",
            "height_cm",
            "insurer",
            "member_no",
            "claim_no",
            "copay",
            "referral",
            "symptom",
            "severity",
            "vaccine",
            "next_visit",
        ],
    },
    Domain {
        root: "Financial",
        schema: "finance",
        categories: ["Account", "Payment", "Tax", "Credit"],
        leaves: [
            "IBAN",
            "Card Number",
            "Account Number",
            "Balance",
            "Tax ID",
            "Credit Score",
            "Transaction",
            "Salary",
            "Routing Number",
            "Invoice",
        ],
        tables: [
            "invoices",
            "payments",
            "ledger",
            "loans",
            "cards",
            "tax_filings",
        ],
        columns: [
            "iban",
            "bic",
            "card_no",
            "card_expiry",
            "cvv",
            "account_no",
            "balance",
            "tax_no",
            "credit_score",
            "routing_no",
            "invoice_no",
            "due_on",
            "paid_on",
            "discount",
            "vat",
            "net_total",
            "gross_total",
            "cost_center",
            "ledger_entry",
            "debit",
            "credit",
            "exchange_rate",
            "loan_no",
            "interest",
            "principal",
            "collateral",
            "payer",
            "payee",
            "approval",
            "fiscal_year",
        ],
    },
    Domain {
        root: "Employment",
        schema: "hr",
        categories: ["Worker", "Compensation", "Performance", "Recruiting"],
        leaves: [
            "Employee ID",
            "Job Title",
            "Manager",
            "Pay Grade",
            "Bonus",
            "Review Score",
            "Start Date",
            "Disability",
            "Union",
            "Resume",
        ],
        tables: [
            "employees",
            "payroll",
            "reviews",
            "applicants",
            "absences",
            "trainings",
        ],
        columns: [
            "employee_no",
            "job_title",
            "manager_no",
            "department",
            "pay_grade",
            "base_pay",
            "bonus",
            "hired_on",
            "left_on",
            "review_score",
            "review_text",
            "goal",
            "absence_days",
            "sick_days",
            "shift",
            "badge_no",
            "office",
            "contract_type",
            "fte",
            "union_member",
            "disability",
            "visa",
            "resume_url",
            "interview_score",
            "recruiter",
            "offer",
            "training",
            "certificate",
            "pension_plan",
            "bank_details",
        ],
    },
    Domain {
        root: "Commerce",
        schema: "sales",
        categories: ["Order", "Product", "Price", "Return"],
        leaves: [
            "Order ID",
            "SKU",
            "Quantity",
            "Unit Price",
            "Coupon",
            "Basket",
            "Warranty",
            "Supplier",
            "Review Text",
            "Gift Message",
        ],
        tables: [
            "orders",
            "order_lines",
            "products",
            "returns",
            "coupons",
            "suppliers",
        ],
        columns: [
            "order_no",
            "sku",
            "quantity",
            "unit_price",
            "coupon",
            "basket_value",
            "warranty_end",
            "supplier_no",
            "rating",
            "review_body",
            "gift_message",
            "category",
            "brand",
            "color",
            "size",
            "stock_level",
            "reorder_point",
            "list_price",
            "margin",
            "channel",
            "return_reason",
            "refund",
            "tax_class",
            "barcode",
            "launch_on",
            "catalog_page",
            "bundle",
            "preorder",
            "wishlist",
            "serial_no",
        ],
    },
    Domain {
        root: "Digital",
        schema: "web",
        categories: ["Session", "Device", "Behavior", "Advertising"],
        leaves: [
            "IP Address",
            "Cookie ID",
            "User Agent",
            "Device ID",
            "Page View",
            "Click",
            "Search Term",
            "Referrer",
            "Ad ID",
            "Login Name",
        ],
        tables: [
            "sessions",
            "events",
            "devices",
            "campaigns",
            "logins",
            "page_views",
        ],
        columns: [
            "ip_address",
            "cookie",
            "user_agent",
            "device_no",
            "page_url",
            "clicked",
            "search_term",
            "referrer_url",
            "ad_no",
            "login",
            "session_no",
            "browser",
            "os",
            "screen_width",
            "dwell_ms",
            "scroll_depth",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "experiment",
            "variant",
            "landing_page",
            "exit_page",
            "bounce",
            "conversion",
            "geo_city",
            "isp",
            "push_token",
            "app_version",
            "locale",
        ],
    },
    Domain {
        root: "Location",
        schema: "logistics",
        categories: ["Shipment", "Site", "Vehicle", "Route"],
        leaves: [
            "Latitude",
            "Longitude",
            "Tracking Number",
            "License Plate",
            "Driver",
            "Warehouse",
            "Customs ID",
            "Delivery Note",
            "Geohash",
            "Recipient",
        ],
        tables: [
            "shipments",
            "sites",
            "vehicles",
            "routes",
            "deliveries",
            "customs",
        ],
        columns: [
            "latitude",
            "longitude",
            "tracking_no",
            "plate",
            "driver",
            "warehouse",
            "customs_no",
            "delivery_note",
            "geohash",
            "recipient",
            "carrier",
            "weight",
            "volume",
            "pallets",
            "departed_at",
            "arrived_at",
            "eta",
            "stop_no",
            "distance_km",
            "fuel",
            "temperature",
            "seal_no",
            "dock",
            "incoterm",
            "hs_tariff",
            "origin",
            "destination",
            "gate",
            "container",
            "proof_of_delivery",
        ],
    },
    Domain {
        root: "Security",
        schema: "it",
        categories: ["Credential", "Access", "Incident", "Asset"],
        leaves: [
            "Password",
            "API Token",
            "Certificate",
            "User Role",
            "Audit Event",
            "Vulnerability",
            "Host Name",
            "Private Key",
            "Biometric",
            "Badge",
        ],
        tables: [
            "users",
            "access_log",
            "incidents",
            "assets",
            "secrets",
            "roles",
        ],
        columns: [
            "password",
            "api_token",
            "certificate_pem",
            "role",
            "audit_event",
            "cve",
            "host",
            "private_pem",
            "fingerprint",
            "badge",
            "username",
            "last_login",
            "failed_logins",
            "mfa_enabled",
            "ticket_no",
            "reported_by",
            "resolved_at",
            "impact",
            "asset_tag",
            "mac_address",
            "patch_level",
            "firewall_rule",
            "port",
            "protocol",
            "scope",
            "granted_by",
            "expires_at",
            "session_token",
            "security_answer",
            "vault_path",
        ],
    },
];

fn domain(domain: usize) -> &'static Domain {
    &VOCABULARY[domain % DOMAINS]
}

/// The name of tag number `n`; no two numbers have one name. Tag `n` is of
/// domain `n % DOMAINS`.
pub(super) fn tag_name(n: u32) -> String {
    let domain = domain(n as usize % DOMAINS);
    let rank = n as usize / DOMAINS;
    let leaf = domain.leaves[rank % 10];
    let category = domain.categories[(rank + rank / 10) % 4];
    let qualifier = QUALIFIERS[rank / 40 % 8];
    let name = format!("{}.{category}.{qualifier}{leaf}", domain.root);
    match rank / 320 {
        0 => name,
        more => format!("{name} {}", more + 1),
    }
}

/// The id of data source number `n`.
pub(super) fn source_id(n: u64, of: usize, chance: u64) -> String {
    let domain = domain(of);
    let platform = PLATFORMS[(chance % 5) as usize];
    let table = domain.tables[(chance / 5 % 6) as usize];
    format!("{platform}.{}.{table}_{n:06}", domain.schema)
}

/// The names of the columns of one data source.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnNames {
    domain: usize,
    first: u64,
    step: u64,
    chance: u64,
}

impl ColumnNames {
    pub(super) fn new(domain: usize, chance: u64) -> Self {
        // Steps without a factor of 50, so that every word has its turn.
        const STEPS: [u64; 8] = [1, 3, 7, 9, 11, 13, 17, 19];
        ColumnNames {
            domain,
            first: chance % WORDS,
            step: STEPS[(chance >> 8) as usize % STEPS.len()],
            chance: chance >> 16,
        }
    }

    /// Appends the name of column `n`; no two columns have one name.
    pub(super) fn push(&self, n: u64, name: &mut String) {
        let word = (self.first + n % WORDS * self.step) % WORDS;
        let round = n / WORDS;
        let own = &domain(self.domain).columns;
        let text = match own.get(word as usize) {
            Some(own) => own,
            None => SHARED[word as usize - own.len()],
        };
        name.push_str(text);
        // Most names are plain, the others end in one of the suffixes.
        let chance = self.chance.wrapping_mul(2 * word + 1) >> 8 & 0xff;
        let first = if chance < 150 { 0 } else { chance % 16 };
        name.push_str(SUFFIXES[((first + round) % 16) as usize]);
        if round >= 16 {
            name.push('_');
            name.push_str(&(round / 16 + 1).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tag_names_are_unique_and_nested() {
        let names: HashSet<String> = (0..10_000).map(tag_name).collect();
        assert_eq!(names.len(), 10_000);
        assert!(names.iter().all(|name| name.split('.').count() == 3));
        assert_eq!(tag_name(0), "Personal.Contact.Email");
    }

    #[test]
    fn column_names_are_unique_within_a_source() {
        for chance in [0, 1, 12_345, u64::MAX, 0x1234_5678_9abc_def0] {
            for domain in 0..DOMAINS {
                let names = ColumnNames::new(domain, chance);
                let all: HashSet<String> = (0..3_000)
                    .map(|n| {
                        let mut name = String::new();
                        names.push(n, &mut name);
                        name
                    })
                    .collect();
                assert_eq!(all.len(), 3_000, "{domain} {chance}");
            }
        }
    }
}

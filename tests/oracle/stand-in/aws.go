package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

type diags = diag.Diagnostics

func fail(err error) diags {
	if err != nil {
		return diag.FromErr(err)
	}
	return nil
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// putInline puts what is written in a bucket itself, and changes: S3 keeps one configuration of a kind, wherever it was written.
func putInline(d *schema.ResourceData, c cloudT) {
	put := func(argument, t string, content func() map[string]any) {
		if !d.HasChange(argument) {
			return
		}
		if _, written := d.GetOk(argument); !written {
			delete(c["aws_s3_bucket_"+t], d.Id())
			return
		}
		one := content()
		one["bucket"], one["region"] = d.Id(), d.Get("region")
		c.put("aws_s3_bucket_"+t, d.Id(), one)
	}
	put("policy", "policy", func() map[string]any { return map[string]any{"policy": d.Get("policy")} })
	put("cors_rule", "cors_configuration", func() map[string]any { return map[string]any{"cors_rule": plain(d.Get("cors_rule"))} })
	put("server_side_encryption_configuration", "server_side_encryption_configuration", func() map[string]any {
		return map[string]any{"rule": plain(d.Get("server_side_encryption_configuration.0.rule"))}
	})
}

func awsProvider() *schema.Provider {
	grantee := sm{"id": S(opt), "type": S(req), "uri": S(opt), "email_address": S(opt), "display_name": S(comp)}
	pab := func(more sm) sm {
		for _, k := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
			more[k] = S(opt, boolT, def(false))
		}
		return more
	}
	byBucket := func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "bucket") }
	bucketReg := func(d *schema.ResourceData, m *meta) (string, *meta) {
		r := str(d, "region")
		if r == "" {
			r = m.region
		}
		return r, &meta{region: r, account: m.account, partition: partition(r)}
	}

	bucket := resT{t: "aws_s3_bucket", tags: true, schema: sm{
		"bucket":        S(opt, comp, force, conflicts("bucket_prefix")),
		"bucket_prefix": S(opt, comp, force, conflicts("bucket")),
		"force_destroy": S(opt, boolT, def(false)), "object_lock_enabled": S(opt, comp, force, boolT),
		"arn": S(comp), "bucket_domain_name": S(comp), "bucket_regional_domain_name": S(comp), "hosted_zone_id": S(comp), "bucket_region": S(comp),
		"acl":    S(opt, comp, conflicts("grant")),
		"policy": S(opt, comp, policyJSON),
		"grant":  S(opt, comp, set(sm{"id": S(opt), "type": S(req), "uri": S(opt), "permissions": S(req, setS)})),
		"cors_rule": S(opt, comp, list(0, sm{"allowed_headers": S(opt, listS), "allowed_methods": S(req, listS), "allowed_origins": S(req, listS),
			"expose_headers": S(opt, listS), "max_age_seconds": S(opt, intT)})),
		"server_side_encryption_configuration": S(opt, comp, list(1, sm{"rule": S(req, list(1, sm{
			"apply_server_side_encryption_by_default": S(req, list(1, sm{"kms_master_key_id": S(opt), "sse_algorithm": S(req)})),
			"bucket_key_enabled":                      S(opt, boolT)}))})),
		"versioning": S(opt, comp, list(1, sm{"enabled": S(opt, boolT, def(false)), "mfa_delete": S(opt, boolT, def(false))})),
		"logging":    S(opt, list(1, sm{"target_bucket": S(req), "target_prefix": S(opt)})),
		"lifecycle_rule": S(opt, comp, list(0, sm{"id": S(opt, comp), "prefix": S(opt), "enabled": S(req, boolT),
			"expiration": S(opt, list(1, sm{"days": S(opt, intT)}))})),
		"website": S(opt, comp, list(1, sm{"index_document": S(opt), "error_document": S(opt)})),
	}}
	bucket.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		if n := str(d, "bucket"); n != "" {
			return n
		}
		p := str(d, "bucket_prefix")
		if p == "" {
			p = "terraform-"
		}
		return p + "202611260102030405" + c.next("bucket")
	}
	bucket.made = func(d *schema.ResourceData, m *meta, c cloudT) {
		r, m2 := bucketReg(d, m)
		n := d.Id()
		putInline(d, c)
		_ = d.Set("bucket", n)
		_ = d.Set("arn", fmt.Sprintf("arn:%s:s3:::%s", m2.partition, n))
		_ = d.Set("bucket_domain_name", n+".s3.amazonaws.com")
		_ = d.Set("bucket_regional_domain_name", fmt.Sprintf("%s.s3.%s.amazonaws.com", n, r))
		_ = d.Set("hosted_zone_id", "Z3AQBSTGFYJSTF")
		_ = d.Set("bucket_region", r)
	}
	bucket.read = func(d *schema.ResourceData, m *meta, c cloudT) {
		n := d.Id()
		_ = d.Set("policy", "")
		_ = d.Set("cors_rule", nil)
		if p := c.get("aws_s3_bucket_policy", n); p != nil {
			_ = d.Set("policy", p["policy"])
		}
		if p := c.get("aws_s3_bucket_cors_configuration", n); p != nil {
			rules := []any{}
			for _, r := range p["cors_rule"].([]any) {
				q := map[string]any{}
				for k, v := range r.(map[string]any) {
					if k != "id" {
						q[k] = v
					}
				}
				rules = append(rules, q)
			}
			_ = d.Set("cors_rule", rules)
		}
		if p := c.get("aws_s3_bucket_server_side_encryption_configuration", n); p != nil {
			out := []any{}
			for _, r := range p["rule"].([]any) {
				q := r.(map[string]any)
				out = append(out, map[string]any{"apply_server_side_encryption_by_default": q["apply_server_side_encryption_by_default"], "bucket_key_enabled": q["bucket_key_enabled"]})
			}
			_ = d.Set("server_side_encryption_configuration", []any{map[string]any{"rule": out}})
		} else {
			_ = d.Set("server_side_encryption_configuration", []any{map[string]any{"rule": []any{map[string]any{
				"apply_server_side_encryption_by_default": []any{map[string]any{"sse_algorithm": "AES256", "kms_master_key_id": ""}}, "bucket_key_enabled": false}}}})
		}
		// As the provider does: the grants are read where the canned ACL is none or "private".
		if a, g := str(d, "acl"), d.Get("grant").(*schema.Set); g.Len() == 0 && (a == "" || a == "private") {
			_ = d.Set("grant", []any{map[string]any{"id": "c0ffee" + m.account, "type": "CanonicalUser", "uri": "", "permissions": []any{"FULL_CONTROL"}}})
		}
	}

	key := resT{t: "aws_kms_key", tags: true, schema: sm{
		"description": S(opt, comp), "key_usage": S(opt, force, def("ENCRYPT_DECRYPT")), "customer_master_key_spec": S(opt, force, def("SYMMETRIC_DEFAULT")),
		"policy": S(opt, comp, policyJSON), "is_enabled": S(opt, boolT, def(true)), "enable_key_rotation": S(opt, boolT, def(false)),
		"rotation_period_in_days": S(opt, comp, intT), "deletion_window_in_days": S(opt, intT), "multi_region": S(opt, comp, force, boolT),
		"bypass_policy_lockout_safety_check": S(opt, boolT, def(false)), "arn": S(comp), "key_id": S(comp)}}
	uuid := func(c cloudT, mrk bool) string {
		x := c.next("key")
		if mrk {
			return "mrk-" + x + "aaaa4bbb8cccddddeeee0000"
		}
		return x + "-aaaa-4bbb-8ccc-ddddeeee0000"
	}
	key.id = func(d *schema.ResourceData, m *meta, c cloudT) string { return uuid(c, d.Get("multi_region").(bool)) }
	keyMade := func(d *schema.ResourceData, m *meta, c cloudT) {
		r, m2 := bucketReg(d, m)
		_ = d.Set("key_id", d.Id())
		_ = d.Set("arn", fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", m2.partition, r, m.account, d.Id()))
		if str(d, "policy") == "" {
			_ = d.Set("policy", fmt.Sprintf(`{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`, m2.partition, m.account))
		}
	}
	key.made = keyMade
	keyRead := func(d *schema.ResourceData, m *meta, c cloudT) {
		if p := c.get("aws_kms_key_policy", d.Id()); p != nil {
			_ = d.Set("policy", p["policy"])
		}
	}
	key.read = keyRead
	replica := resT{t: "aws_kms_replica_key", tags: true, schema: sm{
		"description": S(opt), "primary_key_arn": S(req, force), "policy": S(opt, comp, policyJSON), "enabled": S(opt, boolT, def(true)),
		"deletion_window_in_days": S(opt, intT), "bypass_policy_lockout_safety_check": S(opt, boolT, def(false)), "arn": S(comp), "key_id": S(comp), "key_rotation_enabled": S(comp, boolT), "key_spec": S(comp), "key_usage": S(comp)}}
	replica.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		a := str(d, "primary_key_arn")
		return a[strings.LastIndex(a, "/")+1:]
	}
	replica.made = func(d *schema.ResourceData, m *meta, c cloudT) {
		keyMade(d, m, c)
		_ = d.Set("key_spec", "SYMMETRIC_DEFAULT")
		_ = d.Set("key_usage", "ENCRYPT_DECRYPT")
	}
	replica.read = keyRead

	iamMade := func(kind string) func(d *schema.ResourceData, m *meta, c cloudT) {
		return func(d *schema.ResourceData, m *meta, c cloudT) {
			_ = d.Set("arn", fmt.Sprintf("arn:%s:iam::%s:%s%s%s", m.partition, m.account, kind, str(d, "path"), str(d, "name")))
		}
	}
	iamName := func(d *schema.ResourceData, c cloudT) string {
		if str(d, "name") == "" {
			p := str(d, "name_prefix")
			if p == "" {
				p = "terraform-"
			}
			_ = d.Set("name", p+"202611260102030405"+c.next("iam"))
		}
		return str(d, "name")
	}
	role := resT{t: "aws_iam_role", tags: true, noReg: true, schema: sm{
		"name": S(opt, comp, force), "name_prefix": S(opt, comp, force), "assume_role_policy": S(req, policyJSON), "path": S(opt, force, def("/")),
		"description": S(opt), "max_session_duration": S(opt, intT, def(3600)), "permissions_boundary": S(opt), "force_detach_policies": S(opt, boolT, def(false)),
		"managed_policy_arns": S(opt, comp, setS), "inline_policy": S(opt, comp, set(sm{"name": S(opt), "policy": S(opt, policyJSON)})),
		"arn": S(comp), "unique_id": S(comp), "create_date": S(comp)}}
	role.id = func(d *schema.ResourceData, m *meta, c cloudT) string { return iamName(d, c) }
	role.made = func(d *schema.ResourceData, m *meta, c cloudT) {
		iamMade("role")(d, m, c)
		for _, list := range []string{"inline_policy", "managed_policy_arns"} {
			if written := d.GetRawConfig().GetAttr(list); written.IsNull() || (list == "inline_policy" && written.LengthInt() == 0) {
				_ = d.Set(list, nil)
			}
		}
		if str(d, "unique_id") == "" {
			_ = d.Set("unique_id", "AROA"+strings.ToUpper(c.next("uid")))
		}
		_ = d.Set("create_date", "2026-11-26T00:00:00Z")
	}
	// What is attached beside the role is read back into it.
	role.read = func(d *schema.ResourceData, m *meta, c cloudT) {
		inline, managed := d.Get("inline_policy").(*schema.Set).List(), d.Get("managed_policy_arns").(*schema.Set).List()
		for _, p := range c["aws_iam_role_policy"] {
			if p["role"] == d.Id() {
				inline = append(inline, map[string]any{"name": p["name"], "policy": p["policy"]})
			}
		}
		for _, a := range c["aws_iam_role_policy_attachment"] {
			if a["role"] == d.Id() {
				managed = append(managed, a["policy_arn"])
			}
		}
		_ = d.Set("inline_policy", inline)
		_ = d.Set("managed_policy_arns", managed)
	}
	policy := resT{t: "aws_iam_policy", tags: true, noReg: true, schema: sm{
		"name": S(opt, comp, force), "name_prefix": S(opt, comp, force), "path": S(opt, force, def("/")), "policy": S(req, policyJSON), "description": S(opt, force),
		"arn": S(comp), "policy_id": S(comp), "attachment_count": S(comp, intT)}}
	policy.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", m.partition, m.account, str(d, "path"), iamName(d, c))
	}
	policy.made = iamMade("policy")
	kp := resT{t: "aws_kms_key_policy", schema: sm{"key_id": S(req, force), "policy": S(req, policyJSON), "bypass_policy_lockout_safety_check": S(opt, boolT, def(false))}}
	kp.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		k := str(d, "key_id")
		return k[strings.LastIndex(k, "/")+1:]
	}
	alias := resT{t: "aws_kms_alias", schema: sm{"name": S(opt, comp, force), "name_prefix": S(opt, comp, force), "target_key_id": S(req), "arn": S(comp), "target_key_arn": S(comp)}}
	alias.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		if str(d, "name") == "" {
			p := str(d, "name_prefix")
			if p == "" {
				p = "alias/terraform-"
			}
			_ = d.Set("name", p+c.next("alias"))
		}
		return str(d, "name")
	}
	alias.made = func(d *schema.ResourceData, m *meta, c cloudT) {
		r, m2 := bucketReg(d, m)
		_ = d.Set("arn", fmt.Sprintf("arn:%s:kms:%s:%s:%s", m2.partition, r, m.account, d.Id()))
		t := str(d, "target_key_id")
		if !strings.HasPrefix(t, "arn:") {
			t = fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", m2.partition, r, m.account, t)
		}
		_ = d.Set("target_key_arn", t)
	}
	grant := resT{t: "aws_kms_grant", schema: sm{"name": S(opt, force), "key_id": S(req, force), "grantee_principal": S(req, force), "operations": S(req, force, setS),
		"constraints": S(opt, force, set(sm{"encryption_context_equals": S(opt, mapS), "encryption_context_subset": S(opt, mapS)})), "retiring_principal": S(opt, force),
		"grant_creation_tokens": S(opt, force, setS), "retire_on_delete": S(opt, force, boolT, def(false)), "grant_id": S(comp), "grant_token": S(comp)}}
	grant.id = func(d *schema.ResourceData, m *meta, c cloudT) string {
		return str(d, "key_id") + ":" + c.next("grant")
	}
	grant.made = func(d *schema.ResourceData, m *meta, c cloudT) { _ = d.Set("grant_id", strings.Split(d.Id(), ":")[1]) }
	acl := resT{t: "aws_s3_bucket_acl", schema: sm{"bucket": S(req, force), "expected_bucket_owner": S(opt, force), "acl": S(opt, conflicts("access_control_policy")),
		"access_control_policy": S(opt, comp, list(1, sm{"grant": S(opt, set(sm{"grantee": S(opt, list(1, grantee)), "permission": S(req)})),
			"owner": S(req, list(1, sm{"id": S(req), "display_name": S(opt, comp)}))}))}}
	acl.id = func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "bucket") + "," + str(d, "acl") }

	simple := func(t string, s sm) resT { return resT{t: t, schema: s, id: byBucket} }
	all := []resT{bucket, key, replica, role, policy, kp, alias, grant, acl,
		simple("aws_s3_bucket_policy", sm{"bucket": S(req, force), "policy": S(req, policyJSON)}),
		simple("aws_s3_bucket_cors_configuration", sm{"bucket": S(req, force), "expected_bucket_owner": S(opt, force), "cors_rule": S(req, set(sm{
			"id": S(opt), "allowed_headers": S(opt, setS), "allowed_methods": S(req, setS), "allowed_origins": S(req, setS), "expose_headers": S(opt, setS), "max_age_seconds": S(opt, intT)}))}),
		simple("aws_s3_bucket_ownership_controls", sm{"bucket": S(req, force), "rule": S(req, list(1, sm{"object_ownership": S(req)}))}),
		simple("aws_s3_bucket_public_access_block", pab(sm{"bucket": S(req, force), "skip_destroy": S(opt, boolT)})),
		simple("aws_s3_bucket_server_side_encryption_configuration", sm{"bucket": S(req, force), "expected_bucket_owner": S(opt, force), "rule": S(req, set(sm{
			"apply_server_side_encryption_by_default": S(opt, list(1, sm{"kms_master_key_id": S(opt), "sse_algorithm": S(req)})), "bucket_key_enabled": S(opt, boolT)}))}),
		simple("aws_s3_bucket_versioning", sm{"bucket": S(req, force), "versioning_configuration": S(req, list(1, sm{"status": S(req), "mfa_delete": S(opt, comp)}))}),
		simple("aws_s3_bucket_logging", sm{"bucket": S(req, force), "target_bucket": S(req), "target_prefix": S(req)}),
		{t: "aws_s3_account_public_access_block", noReg: true, schema: pab(sm{"account_id": S(opt, comp, force)}),
			id: func(d *schema.ResourceData, m *meta, c cloudT) string {
				if str(d, "account_id") == "" {
					_ = d.Set("account_id", m.account)
				}
				return str(d, "account_id")
			}},
		{t: "aws_s3_object", schema: sm{"bucket": S(req, force), "key": S(req, force), "content": S(opt), "etag": S(opt, comp)},
			id: func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "bucket") + "/" + str(d, "key") }},
		{t: "aws_iam_user", tags: true, noReg: true, schema: sm{"name": S(req), "path": S(opt, force, def("/")), "permissions_boundary": S(opt), "force_destroy": S(opt, boolT, def(false)),
			"arn": S(comp), "unique_id": S(comp)}, id: func(d *schema.ResourceData, m *meta, c cloudT) string { return iamName(d, c) }, made: iamMade("user")},
		{t: "aws_iam_user_policy", noReg: true, schema: sm{"name": S(opt, comp, force), "name_prefix": S(opt, comp, force), "policy": S(req, policyJSON), "user": S(req, force)},
			id: func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "user") + ":" + iamName(d, c) }},
		{t: "aws_iam_role_policy", noReg: true, schema: sm{"name": S(opt, comp, force), "name_prefix": S(opt, comp, force), "policy": S(req, policyJSON), "role": S(req, force)},
			id: func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "role") + ":" + iamName(d, c) }},
		{t: "aws_iam_role_policy_attachment", noReg: true, schema: sm{"policy_arn": S(req, force), "role": S(req, force)},
			id: func(d *schema.ResourceData, m *meta, c cloudT) string {
				return str(d, "role") + "-" + str(d, "policy_arn")
			}},
		{t: "aws_ssm_parameter", tags: true, schema: sm{"name": S(req, force), "type": S(req), "value": S(opt, comp, sens), "value_wo": S(opt, func(s *schema.Schema) { s.WriteOnly = true }), "value_wo_version": S(opt, intT), "arn": S(comp), "version": S(comp, intT)},
			id: func(d *schema.ResourceData, m *meta, c cloudT) string { return str(d, "name") }},
	}
	p := &schema.Provider{ResourcesMap: map[string]*schema.Resource{}, DataSourcesMap: dataSources()}
	for _, r := range all {
		p.ResourcesMap[r.t] = r.build()
	}
	tags := sm{"tags": S(opt, mapS)}
	p.Schema = sm{"region": S(opt), "profile": S(opt), "access_key": S(opt), "secret_key": S(opt), "token": S(opt), "skip_credentials_validation": S(opt, boolT), "skip_requesting_account_id": S(opt, boolT),
		"skip_metadata_api_check": S(opt), "skip_region_validation": S(opt, boolT), "s3_use_path_style": S(opt, boolT), "allowed_account_ids": S(opt, setS), "forbidden_account_ids": S(opt, setS),
		"assume_role":  S(opt, list(0, sm{"role_arn": S(opt), "session_name": S(opt), "external_id": S(opt), "policy": S(opt)})),
		"default_tags": S(opt, list(1, tags)), "ignore_tags": S(opt, list(1, sm{"keys": S(opt, setS), "key_prefixes": S(opt, setS)})),
		"endpoints": S(opt, set(sm{"s3": S(opt), "kms": S(opt), "sts": S(opt)})), "max_retries": S(opt, intT), "retry_mode": S(opt)}
	p.ConfigureContextFunc = func(_ context.Context, d *schema.ResourceData) (any, diags) {
		m := &meta{region: str(d, "region"), account: "111122223333", tags: map[string]any{}}
		if m.region == "" {
			m.region = "eu-west-1"
		}
		m.partition = partition(m.region)
		if a := d.Get("allowed_account_ids").(*schema.Set); a.Len() > 0 {
			m.account = a.List()[0].(string)
		}
		if l := d.Get("assume_role").([]any); len(l) > 0 && l[0] != nil {
			if f := strings.Split(l[0].(map[string]any)["role_arn"].(string), ":"); len(f) > 5 {
				m.account = f[4]
			}
		}
		if l := d.Get("default_tags").([]any); len(l) > 0 && l[0] != nil {
			m.tags = l[0].(map[string]any)["tags"].(map[string]any)
		}
		return m, nil
	}
	return p
}

func randomProvider() *schema.Provider {
	mk := func(s sm, made func(d *schema.ResourceData, hex string)) *schema.Resource {
		s["keepers"] = S(opt, mapS, force)
		return &schema.Resource{Schema: s,
			CreateContext: func(_ context.Context, d *schema.ResourceData, _ any) diags {
				return fail(withCloud(true, func(c cloudT) error { made(d, c.next("random")); return nil }))
			},
			ReadContext:   func(_ context.Context, d *schema.ResourceData, _ any) diags { return nil },
			DeleteContext: func(_ context.Context, d *schema.ResourceData, _ any) diags { return nil }}
	}
	return &schema.Provider{ResourcesMap: map[string]*schema.Resource{
		"random_id": mk(sm{"byte_length": S(req, intT, force), "prefix": S(opt, force), "hex": S(comp), "b64_url": S(comp), "dec": S(comp)}, func(d *schema.ResourceData, h string) {
			d.SetId(h)
			_ = d.Set("hex", str(d, "prefix")+h)
			_ = d.Set("b64_url", h)
			_ = d.Set("dec", "12345")
		}),
		"random_pet": mk(sm{"length": S(opt, intT, force), "prefix": S(opt, force), "separator": S(opt, force)}, func(d *schema.ResourceData, h string) {
			p := "merry-otter-" + h
			if str(d, "prefix") != "" {
				p = str(d, "prefix") + "-" + p
			}
			d.SetId(p)
		}),
		"random_string": mk(sm{"length": S(req, intT, force), "special": S(opt, boolT, force), "upper": S(opt, boolT, force), "lower": S(opt, boolT, force), "numeric": S(opt, boolT, force), "result": S(comp)}, func(d *schema.ResourceData, h string) {
			d.SetId(h)
			_ = d.Set("result", h)
		}),
	}, DataSourcesMap: map[string]*schema.Resource{}}
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

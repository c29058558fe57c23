# Which output of the module names the key, a plan alone does not tell: the index takes the place of it.
provider "aws" {
  region = "eu-west-1"
}

module "key" {
  for_each = toset(["arn", "id"])
  source   = "./key"
}

resource "aws_s3_bucket" "one" {
  for_each = toset(["arn", "id"])
  bucket   = "acme-${each.key}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "arn" {
  for_each = toset(["arn"])
  bucket   = aws_s3_bucket.one[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key[each.key].arn
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "id" {
  for_each = toset(["id"])
  bucket   = aws_s3_bucket.one[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key[each.key].id
    }
  }
}
